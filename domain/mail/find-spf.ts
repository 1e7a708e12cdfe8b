import { examineSpf, type SpfExamined } from './examine-spf.ts';
import { includeOfRelay } from './known-relays.ts';
import { returnPathOf, silent, type Examined, type Finding, type MailSetup } from './mail-check.ts';
import { withTerm } from './spf-record.ts';

/** What SPF says of the servers that the shop's mail comes from. */
export function findSpf({ setup, answers }: Examined): Finding[] {
  return setup.providers.map((provider) =>
    provider === 'sendgrid'
      ? ofSendgrid(setup)
      : ofRelay(setup, examineSpf(returnPathOf(setup), answers.TXT)),
  );
}

function ofSendgrid({ domain }: MailSetup): Finding {
  return {
    ...{ check: 'spf', status: 'unknown', found: [], put: null },
    why: `SendGrid has mail come back to a subdomain of its own choosing, such as em1234.${domain}, and keeps the SPF record there by a CNAME. DNS does not tell which it is: SendGrid shows it, and whether it is right, under Settings > Sender Authentication. The SPF record of ${domain} itself plays no part.`,
  };
}

function ofRelay(setup: MailSetup, spf: SpfExamined): Finding {
  const name = returnPathOf(setup);
  const term = termOf(setup);
  const common = { check: 'spf', put: null } as const;
  switch (spf.is) {
    case 'silent':
      return silent('spf', spf.domain, spf.why);
    case 'missing':
      return {
        ...{ ...common, status: 'fault', found: [] },
        put: { type: 'TXT', name, value: `v=spf1 ${term} ~all` },
        why: `${name} does not say which servers may send for it: receivers take its mail for anybody’s. ${hint(setup)}`,
      };
    case 'broken':
      return {
        ...{ ...common, status: 'fault', found: spf.records },
        why: `The SPF record of ${name} counts for nothing: ${spf.why}.`,
      };
    case 'read':
      return judged(setup, spf);
  }
}

function judged(setup: MailSetup, spf: Extract<SpfExamined, { is: 'read' }>): Finding {
  const name = returnPathOf(setup);
  const { text, record, lookups, included } = spf;
  const found = [text];
  const finding = { check: 'spf', found, put: null } as const;
  if (record.all === '+') {
    const value = text.replace(/(^|\s)\+?all\b/i, '$1~all');
    const why = `It ends with +all: every server in the world may send for ${name}.`;
    return { ...finding, status: 'fault', put: { type: 'TXT', name, value }, why };
  }
  const known = setup.relay === null ? null : includeOfRelay(setup.relay);
  if (known !== null && !included.includes(known)) {
    const value = withTerm(text, `include:${known}`);
    const why = `It does not name ${known}, whose servers send what goes to ${setup.relay ?? ''}: that mail fails SPF.`;
    return { ...finding, status: 'fault', put: { type: 'TXT', name, value }, why };
  }
  if (record.all === null && record.redirect === null) {
    const value = withTerm(text, '~all');
    const why = 'It says nothing of servers that it does not name. End it with ~all.';
    return { ...finding, status: 'warning', put: { type: 'TXT', name, value }, why };
  }
  const counted = `Receivers ask DNS ${String(lookups)} of at most 10 times for it.`;
  if (known !== null) return { ...finding, status: 'ok', why: `${known} is named. ${counted}` };
  const why = `There is one record and receivers understand it. ${counted} Which addresses ${setup.relay ?? 'your server'} sends from DNS does not tell: see that they are named. ${hint(setup)}`;
  return { ...finding, status: 'ok', why };
}

/** What to name in the record for the shop's relay. */
function termOf({ relay }: MailSetup): string {
  const known = relay === null ? null : includeOfRelay(relay);
  if (known !== null) return `include:${known}`;
  if (relay !== null && isNamed(relay)) return `a:${relay}`;
  return 'ip4:(the address that your mail server sends from)';
}

/** Whether the world can look a relay up: `localhost` and bare addresses say nothing in SPF. */
function isNamed(relay: string): boolean {
  return /\.[a-z][a-z0-9-]*$/i.test(relay);
}

function hint({ relay }: MailSetup): string {
  if (relay === null || !isNamed(relay) || includeOfRelay(relay) !== null) return '';
  return `If ${relay} hands mail on to other servers, its operator says what to include instead of a:${relay}.`;
}
