import { answerOf, type MailHost } from './dns-answer.ts';
import { isFreeMail } from './known-relays.ts';
import { silent, type Examined, type Finding } from './mail-check.ts';

/** Whether the sender's domain is the shop's at all. */
export function findFrom({ setup: { domain } }: Examined): Finding[] {
  if (!isFreeMail(domain)) return [];
  const why = `MAIL_FROM is at ${domain}, whose DNS is not yours: mail in its name from anywhere else is refused. Send from a domain of the shop's own.`;
  return [{ check: 'from', status: 'fault', found: [domain], put: null, why }];
}

/** Whether mail to the sender arrives: what cannot be answered is trusted less, or refused. */
export function findMailHosts({ setup: { domain }, answers }: Examined): Finding[] {
  const answer = answerOf(answers, 'MX', domain);
  if ('failed' in answer) return [silent('mx', domain, answer.failed)];
  const found = hostsOf(answer.records);
  const finding = { check: 'mx', found, put: null } as const;
  if (answer.records.some(({ exchange }) => exchange === '')) {
    const why = `${domain} says that it takes no mail at all: many receivers refuse such a sender.`;
    return [{ ...finding, status: 'fault', why }];
  }
  if (found.length > 0) return [{ ...finding, status: 'ok', why: 'Replies to the sender arrive.' }];
  const value = '10 (the server that takes your mail)';
  const put = { type: 'MX', name: domain, value } as const;
  if (hasAddress(answers, domain)) {
    const why = `${domain} has an address and no MX: some receivers refuse such a sender.`;
    return [{ ...finding, status: 'warning', put, why }];
  }
  const why = `${domain} takes no mail: nobody can answer, and many receivers refuse such a sender.`;
  return [{ ...finding, status: 'fault', put, why }];
}

/** Where mails come back to that went by SMTP. With SendGrid that is SendGrid's affair. */
export function findReturnPath({ setup, answers }: Examined): Finding[] {
  if (!setup.providers.includes('smtp')) return [];
  const { bounceDomain: name } = setup;
  if (name === null) {
    const why =
      'Mails that come back go to MAIL_FROM, where Kairos hears of none: dead addresses are written to again and again. Set MAIL_BOUNCE_DOMAIN (docs/deliverability.md).';
    return [{ check: 'returnPath', status: 'warning', found: [], put: null, why }];
  }
  const answer = answerOf(answers, 'MX', name);
  if ('failed' in answer) return [silent('returnPath', name, answer.failed)];
  const found = hostsOf(answer.records);
  const finding = { check: 'returnPath', found, put: null } as const;
  if (found.length === 0 && !hasAddress(answers, name)) {
    const value = '10 (the server that hands bounces to Kairos)';
    const put = { type: 'MX', name, value } as const;
    const why = `${name} takes no mail: nothing comes back, and many receivers refuse such a return path.`;
    return [{ ...finding, status: 'fault', put, why }];
  }
  const why = `Mails come back to ${name}. That the server there hands them to Kairos DNS does not tell.`;
  return [{ ...finding, status: 'ok', why }];
}

/** What cannot be looked up from here, and counts all the same. */
export function findReverseDns({ setup }: Examined): Finding[] {
  if (!setup.providers.includes('smtp')) return [];
  const relay = setup.relay ?? 'your mail server';
  const why = `The address that ${relay} sends from must have a name (PTR) that leads back to that address: Gmail asks for it. Which address it is cannot be seen from here; ask its operator, or look at the Received lines of a mail that arrived.`;
  return [{ check: 'reverseDns', status: 'unknown', found: [], put: null, why }];
}

function hostsOf(hosts: readonly MailHost[]): string[] {
  return [...hosts]
    .sort((one, other) => one.priority - other.priority)
    .flatMap(({ exchange, priority }) =>
      exchange === '' ? [] : `${String(priority)} ${exchange}`,
    );
}

function hasAddress(answers: Examined['answers'], name: string): boolean {
  const answer = answerOf(answers, 'A', name);
  return 'records' in answer && answer.records.length > 0;
}
