import { readDkimRecord, type DkimRecord } from './dkim-record.ts';
import { answerOf } from './dns-answer.ts';
import { silent, type Examined, type Finding, type MailSetup } from './mail-check.ts';

/** Bits that receivers ask for today; below 1024 they take no signature (RFC 8301). */
export const DKIM_BITS_WANTED = 2048;
export const DKIM_BITS_MIN = 1024;

/** The two names under which SendGrid's keys are found, so that it can change them by itself. */
export const SENDGRID_SELECTORS = ['s1', 's2'] as const;

export function dkimName(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`;
}

/** Whether receivers find the keys that the shop's mails are signed with. */
export function findDkim(examined: Examined): Finding[] {
  return examined.setup.providers.flatMap((provider) =>
    provider === 'sendgrid'
      ? SENDGRID_SELECTORS.map((selector) => ofSendgrid(examined, selector))
      : [ofOurs(examined)],
  );
}

function ofSendgrid({ setup, answers }: Examined, selector: string): Finding {
  const name = dkimName(selector, setup.domain);
  const answer = answerOf(answers, 'CNAME', name);
  if ('failed' in answer) return silent('dkim', name, answer.failed);
  const found = [...answer.records];
  const finding = { check: 'dkim', found } as const;
  const value = `${selector}.domainkey.(as SendGrid shows it).sendgrid.net`;
  const put = { type: 'CNAME', name, value } as const;
  const [target] = answer.records;
  if (target === undefined) {
    const why = `SendGrid signs for its own domain until this is there, and DMARC fails. Authenticate ${setup.domain} at SendGrid under Settings > Sender Authentication: it shows the value.`;
    return { ...finding, status: 'fault', put, why };
  }
  if (!/(^|\.)sendgrid\.net\.?$/.test(target)) {
    const why = 'It leads to somebody else than SendGrid, whose signatures then fail.';
    return { ...finding, status: 'fault', put, why };
  }
  const key = answerOf(answers, 'TXT', name);
  if ('failed' in key) return silent('dkim', name, key.failed);
  if (!key.records.some((text) => readDkimRecord(text) !== null)) {
    const why = 'It leads to SendGrid, where there is no key. Verify the domain at SendGrid again.';
    return { ...finding, status: 'warning', put: null, why };
  }
  return { ...finding, status: 'ok', put: null, why: 'SendGrid keeps a key there.' };
}

function ofOurs({ setup, answers, tools }: Examined): Finding {
  const { dkim } = setup;
  if (dkim === null) {
    const why = `Kairos does not sign mails that go by SMTP. If ${setup.relay ?? 'your mail server'} signs them, all is well, and DNS cannot tell; if not, \`npx kairos mail key\` makes a key and says what to put here.`;
    return { check: 'dkim', status: 'warning', found: [], put: null, why };
  }
  const name = dkimName(dkim.selector, dkim.domain);
  const answer = answerOf(answers, 'TXT', name);
  if ('failed' in answer) return silent('dkim', name, answer.failed);
  const found = [...answer.records];
  const put = { type: 'TXT', name, value: dkim.record } as const;
  const fault = (why: string): Finding => ({ check: 'dkim', status: 'fault', found, put, why });
  const [text, ...others] = answer.records;
  if (text === undefined)
    return fault('Kairos signs, and receivers find no key: every signature fails.');
  if (others.length > 0)
    return fault('There are several records: receivers may take any. Leave one.');
  const record = readDkimRecord(text);
  if (record === null) return fault('That is no DKIM record: every signature fails.');
  return ofRecord(record, { found, put, ours: ours(setup), bits: tools.bitsOf(record.publicKey) });
}

interface Held {
  found: string[];
  put: NonNullable<Finding['put']>;
  /** The key that Kairos signs with. */
  ours: string;
  bits: number | null;
}

function ofRecord(record: DkimRecord, { found, put, ours: own, bits }: Held): Finding {
  const fault = (why: string): Finding => ({ check: 'dkim', status: 'fault', found, put, why });
  if (record.publicKey === '') {
    return fault('The key was withdrawn (p= is empty): every signature fails.');
  }
  if (record.keyType !== 'rsa' || bits === null) {
    return fault('It holds no RSA key: every signature fails.');
  }
  if (bits < DKIM_BITS_MIN) {
    return fault(`The key has ${String(bits)} bits: receivers take none below 1024.`);
  }
  if (record.publicKey !== own) {
    return fault(
      'It holds another key than the one that Kairos signs with: every signature fails. A new key needs a new selector.',
    );
  }
  const warning = { check: 'dkim', status: 'warning', found, put: null } as const;
  if (record.isTest) {
    const why =
      'It says t=y: receivers are told to treat signed mail as if it were not. Remove t=y.';
    return { ...warning, put, why };
  }
  if (bits < DKIM_BITS_WANTED) {
    const why = `The key has ${String(bits)} bits. Make one of 2048 under a new selector: \`npx kairos mail key\`.`;
    return { ...warning, why };
  }
  const why = `Receivers find the key that Kairos signs with, of ${String(bits)} bits.`;
  return { check: 'dkim', status: 'ok', found, put: null, why };
}

function ours({ dkim }: MailSetup): string {
  return dkim === null ? '' : (readDkimRecord(dkim.record)?.publicKey ?? '');
}
