import { isAligned, isDmarc, readDmarcRecord, type DmarcRecord } from './dmarc-record.ts';
import { answerOf, type DnsAnswer } from './dns-answer.ts';
import { dkimName, SENDGRID_SELECTORS } from './find-dkim.ts';
import { returnPathOf, silent, type Examined, type Finding } from './mail-check.ts';

export function dmarcName(domain: string): string {
  return `_dmarc.${domain}`;
}

/** What was found of DMARC, and by which rules the other checks must fit the sender. */
export function findDmarc(examined: Examined): Finding[] {
  const read = policyFor(examined);
  return [read.finding, alignment(examined, read.record)];
}

interface PolicyFound {
  finding: Finding;
  /** Null: none counts. */
  record: DmarcRecord | null;
}

function policyFor({ setup, answers, tools }: Examined): PolicyFound {
  const { domain } = setup;
  const organisation = tools.organisationOf(domain);
  const names = [...new Set([dmarcName(domain), dmarcName(organisation)])];
  for (const name of names) {
    const answer: DnsAnswer<string> = answerOf(answers, 'TXT', name);
    if ('failed' in answer) return { finding: silent('dmarc', name, answer.failed), record: null };
    const found = answer.records.filter(isDmarc);
    if (found.length > 0) return read(name, found, { domain, isOwn: name === names[0] });
  }
  const value = watching(organisation);
  const why =
    'Without it Gmail and Yahoo take no bulk mail. p=none changes nothing for your mail; the reports show who sends in your name. Let the address in it be one that somebody reads.';
  const put = { type: 'TXT', name: dmarcName(organisation), value } as const;
  return { finding: { check: 'dmarc', status: 'fault', found: [], put, why }, record: null };
}

/** A policy that changes nothing and has somebody told. */
function watching(domain: string): string {
  return `v=DMARC1; p=none; rua=mailto:dmarc@${domain}`;
}

function read(
  name: string,
  found: string[],
  { domain, isOwn }: { domain: string; isOwn: boolean },
): PolicyFound {
  const finding = { check: 'dmarc', found, put: null } as const;
  const fault = (why: string): PolicyFound => ({
    finding: { ...finding, status: 'fault', why },
    record: null,
  });
  const [text = '', ...others] = found;
  if (others.length > 0) return fault('There are several records: none counts. Leave one.');
  const parsed = readDmarcRecord(text);
  if ('fault' in parsed) {
    const put = { type: 'TXT', name, value: watching(domain) } as const;
    const why = `Receivers do not understand it: ${parsed.fault}.`;
    return { finding: { ...finding, status: 'fault', put, why }, record: null };
  }
  const record = parsed.ok;
  if (record.reports.length === 0) {
    const value = `${text.trim().replace(/;$/, '')}; rua=mailto:dmarc@${domain}`;
    const why =
      'Nobody hears of mails that fail: add an address for reports (rua) that somebody reads.';
    const put = { type: 'TXT', name, value } as const;
    return { finding: { ...finding, status: 'warning', put, why }, record };
  }
  return { finding: { ...finding, status: 'ok', why: wordsOf(record, isOwn) }, record };
}

function wordsOf(record: DmarcRecord, isOwn: boolean): string {
  const policy = isOwn ? record.policy : record.subdomainPolicy;
  const share = record.percent === 100 ? '' : ` for ${String(record.percent)} of 100 mails`;
  if (policy === 'none') {
    return 'That is all large mail providers ask for. It only watches: once the reports show that all your own mail passes, p=quarantine keeps others from sending in your name.';
  }
  const fate = policy === 'reject' ? 'refused' : 'put with spam';
  return `Mail in your name that fails is ${fate}${share}: be sure that all you send passes.`;
}

/** Whether what passes SPF or DKIM counts for the domain that people see as the sender. */
function alignment(examined: Examined, record: DmarcRecord | null): Finding {
  const { setup } = examined;
  const { domain: from } = setup;
  const [provider] = setup.providers;
  const dkim = signedFor(examined);
  const path = provider === 'sendgrid' ? `em1234.${from}` : returnPathOf(setup);
  const { organisationOf } = examined.tools;
  const fits = (passed: string, mode: 'r' | 's' = 'r'): boolean =>
    isAligned(passed, { from, mode, organisationOf });
  const isDkim = dkim !== null && fits(dkim, record?.dkim);
  const isSpf = fits(path, record?.spf);
  const found = [
    ...(dkim === null ? [] : [`DKIM: ${dkim}`]),
    ...(provider === 'sendgrid' ? [] : [`SPF: ${path}`]),
  ];
  const finding = { check: 'alignment', found, put: null } as const;
  if (isDkim) {
    return {
      ...finding,
      status: 'ok',
      why: `Mails are signed for ${dkim}, which counts for ${from}.`,
    };
  }
  if (isSpf && provider !== 'sendgrid') {
    const why = `Only SPF speaks for ${from}, and mail that somebody forwards fails it. Let mails be signed for ${from}, too.`;
    return { ...finding, status: 'warning', why };
  }
  const why = `Nothing that passes speaks for ${from}, which people see as the sender: DMARC fails. Sign for ${from} (MAIL_DKIM_DOMAIN), or have mail come back to a domain below it (MAIL_BOUNCE_DOMAIN).`;
  return {
    ...finding,
    status: 'fault',
    why:
      provider === 'sendgrid'
        ? `Nothing that passes speaks for ${from} until SendGrid’s keys are in DNS.`
        : why,
  };
}

/** The domain that mails are signed for; null: for none, as far as is known. */
function signedFor({ setup, answers }: Examined): string | null {
  if (setup.providers[0] !== 'sendgrid') return setup.dkim?.domain ?? null;
  const isThere = SENDGRID_SELECTORS.some((selector) => {
    const answer = answerOf(answers, 'CNAME', dkimName(selector, setup.domain));
    return 'records' in answer && answer.records.length > 0;
  });
  return isThere ? setup.domain : null;
}
