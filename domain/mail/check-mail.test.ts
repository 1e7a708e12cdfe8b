import { describe, expect, it } from '@jest/globals';
import { checkMail, questionsFor } from './check-mail.ts';
import type { DnsAnswer, MailAnswers, MailHost } from './dns-answer.ts';
import type { Finding, MailSetup, MailTools } from './mail-check.ts';

/** Keys are called by their bits here. */
const TOOLS: MailTools = {
  organisationOf: (domain) => domain.split('.').slice(-2).join('.'),
  bitsOf: (publicKey) => Number(/^KEY(\d+)$/.exec(publicKey)?.[1] ?? NaN) || null,
};

const SMTP: MailSetup = {
  domain: 'news.shop.example',
  providers: ['smtp'],
  relay: 'mail.shop.example',
  dkim: { selector: 'k1', domain: 'shop.example', record: 'v=DKIM1; k=rsa; p=KEY2048' },
  bounceDomain: 'bounce.shop.example',
};
const SENDGRID: MailSetup = {
  ...{ domain: 'shop.example', providers: ['sendgrid'], relay: null },
  ...{ dkim: null, bounceDomain: null },
};

type Held = Partial<Record<'TXT' | 'CNAME' | 'A', Record<string, string[] | null>>> & {
  MX?: Record<string, MailHost[]>;
};

const GOOD: Held = {
  TXT: {
    'bounce.shop.example': ['v=spf1 a:mail.shop.example ~all'],
    'k1._domainkey.shop.example': ['v=DKIM1; k=rsa; p=KEY2048'],
    '_dmarc.shop.example': ['v=DMARC1; p=none; rua=mailto:dmarc@shop.example'],
  },
  MX: {
    'news.shop.example': [{ exchange: 'mx.shop.example', priority: 10 }],
    'bounce.shop.example': [{ exchange: 'mx.shop.example', priority: 10 }],
  },
};

/** What DNS answers that holds this and nothing else; null: it does not answer. */
function answers(setup: MailSetup, held: Held): MailAnswers {
  const all = { TXT: new Map(), CNAME: new Map(), MX: new Map(), A: new Map() };
  for (const { type, name } of questionsFor(setup, TOOLS)) {
    const records: unknown = held[type]?.[name];
    const answer: DnsAnswer<unknown> =
      records === null
        ? { failed: 'ETIMEOUT' }
        : { records: (records as unknown[] | undefined) ?? [] };
    all[type].set(name, answer);
  }
  return all;
}

function findings(held: Held, setup: MailSetup = SMTP): Finding[] {
  return checkMail({ setup, answers: answers(setup, held), tools: TOOLS });
}

function finding(check: Finding['check'], held: Held, setup: MailSetup = SMTP): Finding {
  const found = findings(held, setup).find((one) => one.check === check);
  if (found === undefined) throw new Error(`nothing was found of ${check}`);
  return found;
}

const withTxt = (name: string, ...records: string[]): Held => ({
  ...GOOD,
  TXT: { ...GOOD.TXT, [name]: records },
});

describe('the check of a sender by SMTP', () => {
  it('finds nothing at fault where all is well, and says what it cannot see', () => {
    expect(findings(GOOD).map(({ check, status }) => [check, status])).toEqual([
      ['spf', 'ok'],
      ['dkim', 'ok'],
      ['dmarc', 'ok'],
      ['alignment', 'ok'],
      ['mx', 'ok'],
      ['returnPath', 'ok'],
      ['reverseDns', 'unknown'],
    ]);
    expect(findings(GOOD).every(({ put }) => put === null)).toBe(true);
  });

  it('says what to put where DNS holds nothing', () => {
    const put = findings({}).flatMap((one) => (one.put === null ? [] : [one.put]));
    expect(put).toEqual([
      { type: 'TXT', name: 'bounce.shop.example', value: 'v=spf1 a:mail.shop.example ~all' },
      { type: 'TXT', name: 'k1._domainkey.shop.example', value: 'v=DKIM1; k=rsa; p=KEY2048' },
      {
        ...{ type: 'TXT', name: '_dmarc.shop.example' },
        value: 'v=DMARC1; p=none; rua=mailto:dmarc@shop.example',
      },
      expect.objectContaining({ type: 'MX', name: 'news.shop.example' }),
      expect.objectContaining({ type: 'MX', name: 'bounce.shop.example' }),
    ]);
    expect(findings({}).filter(({ status }) => status === 'fault')).toHaveLength(5);
  });

  it('blames nobody for what DNS did not answer', () => {
    const TXT = Object.fromEntries(Object.keys(GOOD.TXT ?? {}).map((name) => [name, null]));
    const found = findings({ ...GOOD, TXT });
    for (const check of ['spf', 'dkim', 'dmarc']) {
      const one = found.find((each) => each.check === check);
      expect(one).toMatchObject({ status: 'unknown', put: null });
      expect(one?.why).toContain('ETIMEOUT');
    }
  });

  it('does not send from a domain where everybody has a mailbox', () => {
    expect(findings(GOOD, { ...SMTP, domain: 'gmail.com' })[0]).toMatchObject({
      ...{ check: 'from', status: 'fault' },
    });
  });
});

describe('the check of SPF', () => {
  const SPF = 'bounce.shop.example';

  it('names the record of a relay that is known, in the record that is there', () => {
    const relay = { ...SMTP, relay: 'email-smtp.eu-west-1.amazonaws.com' };
    const held = withTxt(SPF, 'v=spf1 mx -all');
    expect(finding('spf', held, relay)).toMatchObject({
      status: 'fault',
      put: { value: 'v=spf1 mx include:amazonses.com -all' },
    });
    expect(finding('spf', {}, relay)).toMatchObject({
      put: { value: 'v=spf1 include:amazonses.com ~all' },
    });
  });

  it.each(['localhost', '127.0.0.1', '::1'])(
    'does not name what nobody can look up: %s',
    (relay) => {
      const { put } = finding('spf', {}, { ...SMTP, relay });
      expect(put?.value).toBe('v=spf1 ip4:(the address that your mail server sends from) ~all');
    },
  );

  it.each([
    ['lets everybody send', 'v=spf1 mx +all', 'fault', 'v=spf1 mx ~all'],
    ['says nothing of the rest', 'v=spf1 mx', 'warning', 'v=spf1 mx ~all'],
  ])('mends one that %s', (_what, text, status, value) => {
    expect(finding('spf', withTxt(SPF, text))).toMatchObject({ status, put: { value } });
  });

  it('is not known where a record that it includes does not answer', () => {
    const all = answers(SMTP, withTxt(SPF, 'v=spf1 include:relay.example -all'));
    const txt = new Map(all.TXT).set('relay.example', { failed: 'ESERVFAIL' });
    const found = checkMail({ setup: SMTP, answers: { ...all, TXT: txt }, tools: TOOLS });
    const spf = found.find(({ check }) => check === 'spf');
    expect(spf).toMatchObject({ status: 'unknown', put: null });
    expect(spf?.why).toContain('relay.example (ESERVFAIL)');
  });

  it('is of the sender’s own domain where mails come back to that', () => {
    const setup = { ...SMTP, bounceDomain: null };
    expect(finding('spf', {}, setup)).toMatchObject({ put: { name: 'news.shop.example' } });
    expect(finding('returnPath', {}, setup)).toMatchObject({ status: 'warning' });
  });
});

describe('the check of DKIM', () => {
  const NAME = 'k1._domainkey.shop.example';

  it.each([
    ['fault', 'find no key', []],
    ['fault', 'no DKIM record', ['v=spf1 -all']],
    ['fault', 'withdrawn', ['v=DKIM1; p=']],
    ['fault', 'another key', ['v=DKIM1; p=KEY4096']],
    ['fault', 'no RSA key', ['v=DKIM1; k=ed25519; p=KEY2048']],
    ['fault', '512 bits', ['v=DKIM1; p=KEY512']],
    ['fault', 'several records', ['v=DKIM1; p=KEY2048', 'v=DKIM1; p=KEY1024']],
    ['warning', 't=y', ['v=DKIM1; t=y:s; p=KEY2048']],
    ['ok', '2048 bits', ['v=DKIM1; p= KEY 2048 ;']],
  ])('calls it a %s: %s', (status, why, records) => {
    const found = finding('dkim', withTxt(NAME, ...records));
    expect(found).toMatchObject({ status, found: records });
    expect(found.why).toContain(why);
  });

  it('asks for a longer key where it is one that receivers still take', () => {
    const record = 'v=DKIM1; p=KEY1024';
    const setup = { ...SMTP, dkim: { selector: 'k1', domain: 'shop.example', record } };
    expect(finding('dkim', withTxt(NAME, record), setup)).toMatchObject({ status: 'warning' });
  });

  it('cannot tell whether somebody else signs where Kairos does not', () => {
    const setup = { ...SMTP, dkim: null };
    expect(finding('dkim', GOOD, setup)).toMatchObject({ status: 'warning', put: null });
    expect(finding('alignment', GOOD, setup)).toMatchObject({ status: 'warning' });
  });
});

describe('the check of DMARC', () => {
  const NAME = '_dmarc.shop.example';

  it.each([
    ['fault', 'several records', ['v=DMARC1; p=none', 'v=DMARC1; p=reject']],
    ['fault', 'has no p=none', ['v=DMARC1; rua=mailto:x@shop.example']],
    ['fault', 'pct is no number', ['v=DMARC1; p=none; pct=all']],
    ['warning', 'add an address for reports', ['v=DMARC1; p=reject;']],
    ['ok', 'only watches', ['v=DMARC1; p=none; rua=mailto:x@shop.example']],
    ['ok', 'is refused', ['v=DMARC1; p=reject; rua=mailto:x@shop.example']],
    [
      'ok',
      'put with spam for 20 of 100',
      ['v=DMARC1; p=reject; sp=quarantine; pct=20; rua=mailto:x@y.example'],
    ],
    ['fault', 'Without it Gmail', ['v=dmarc1; p=none', 'v=spf1 -all']],
  ])('calls it a %s: %s', (status, why, records) => {
    const found = finding('dmarc', withTxt(NAME, ...records));
    expect(found).toMatchObject({ status });
    expect(found.why).toContain(why);
  });

  it('goes by the sender’s own record before that of the domain above it', () => {
    const own = 'v=DMARC1; p=quarantine; rua=mailto:own@shop.example';
    expect(finding('dmarc', withTxt('_dmarc.news.shop.example', own)).found).toEqual([own]);
  });

  it('keeps what a record says when it adds an address for reports', () => {
    const found = finding('dmarc', withTxt(NAME, 'v=DMARC1; p=reject;'));
    expect(found.put).toEqual({
      ...{ type: 'TXT', name: NAME },
      value: 'v=DMARC1; p=reject; rua=mailto:dmarc@news.shop.example',
    });
  });

  it.each([
    ['ok', 'r', 'shop.example'],
    ['warning', 's', 'shop.example'],
    ['ok', 's', 'news.shop.example'],
    ['warning', 'r', 'elsewhere.example'],
  ])('calls it %s with adkim=%s where signatures are of %s', (status, mode, domain) => {
    const record = `v=DMARC1; p=none; adkim=${mode}; rua=mailto:x@shop.example`;
    const setup = { ...SMTP, dkim: { selector: 'k1', domain, record: 'v=DKIM1; p=KEY2048' } };
    expect(finding('alignment', withTxt(NAME, record), setup)).toMatchObject({ status });
  });

  it('fails where neither speaks for the sender', () => {
    const setup = { ...SMTP, dkim: null, bounceDomain: 'bounce.elsewhere.example' };
    expect(finding('alignment', GOOD, setup)).toMatchObject({ status: 'fault' });
  });
});

describe('the check of who takes mail', () => {
  it.each([
    ['fault', {}],
    ['warning', { A: { 'news.shop.example': ['203.0.113.7'] } }],
    ['fault', { MX: { 'news.shop.example': [{ exchange: '', priority: 0 }] } }],
  ])('calls it a %s where the sender’s domain has %j', (status, held: Held) => {
    expect(finding('mx', held)).toMatchObject({ status });
  });
});

describe('the check of a sender by SendGrid', () => {
  const CNAME = {
    's1._domainkey.shop.example': ['s1.domainkey.u123.wl045.sendgrid.net'],
    's2._domainkey.shop.example': ['s2.domainkey.u123.wl045.sendgrid.net'],
  };
  const TXT = {
    's1._domainkey.shop.example': ['k=rsa; p=KEY2048'],
    's2._domainkey.shop.example': ['k=rsa; p=KEY2048'],
  };

  it('looks for its two keys, and leaves SPF to SendGrid', () => {
    const found = findings({ CNAME, TXT }, SENDGRID);
    expect(found.map(({ check, status }) => [check, status])).toEqual([
      ['spf', 'unknown'],
      ['dkim', 'ok'],
      ['dkim', 'ok'],
      ['dmarc', 'fault'],
      ['alignment', 'ok'],
      ['mx', 'fault'],
    ]);
  });

  it.each([
    ['fault', {}, TXT],
    ['fault', { 's1._domainkey.shop.example': ['keys.elsewhere.example'] }, TXT],
    ['warning', CNAME, {}],
  ])('calls it a %s where DNS holds %j', (status, cname, txt) => {
    const found = finding('dkim', { CNAME: cname, TXT: txt }, SENDGRID);
    expect(found).toMatchObject({ status });
    if (status === 'fault') expect(found.put).toMatchObject({ type: 'CNAME' });
  });
});
