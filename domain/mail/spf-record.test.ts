import { describe, expect, it } from '@jest/globals';
import type { DnsAnswer } from './dns-answer.ts';
import { examineSpf, spfDomainsToAsk } from './examine-spf.ts';
import { readSpfRecord, withTerm } from './spf-record.ts';

/** TXT records by domain. */
function texts(records: Record<string, string[] | string>): Map<string, DnsAnswer<string>> {
  return new Map(
    Object.entries(records).map(([name, said]) => [
      name,
      typeof said === 'string' ? { failed: said } : { records: said },
    ]),
  );
}

const examined = (records: Record<string, string[] | string>) =>
  examineSpf('shop.example', texts(records));

describe('an SPF record', () => {
  it('is read with its sign, its mechanisms and its end', () => {
    expect(
      readSpfRecord('v=spf1 ip4:203.0.113.0/24 a mx:mail.shop.example -include:x.example ~all'),
    ).toEqual({
      ok: {
        mechanisms: [
          { qualifier: '+', name: 'ip4', value: '203.0.113.0/24' },
          { qualifier: '+', name: 'a', value: '' },
          { qualifier: '+', name: 'mx', value: 'mail.shop.example' },
          { qualifier: '-', name: 'include', value: 'x.example' },
          { qualifier: '~', name: 'all', value: '' },
        ],
        redirect: null,
        all: '~',
      },
    });
  });

  it('may go on in another record, unless it ends before', () => {
    expect(readSpfRecord('v=spf1 redirect=_spf.x.example')).toMatchObject({
      ok: { redirect: '_spf.x.example', all: null },
    });
    expect(readSpfRecord('v=spf1 -all redirect=_spf.x.example')).toMatchObject({
      ok: { redirect: null, all: '-' },
    });
  });

  it.each(['v=spf1 include: -all', 'v=spf1 ipv4:203.0.113.7 -all', 'v=spf1 -all; ~all'])(
    'is not understood with a term that nobody knows: %s',
    (text) => {
      expect(readSpfRecord(text)).toHaveProperty('fault');
    },
  );

  it('may hold modifiers that nobody knows', () => {
    expect(readSpfRecord('v=spf1 exp=why.shop.example -all')).toMatchObject({ ok: { all: '-' } });
  });

  it('takes one more term before its end', () => {
    expect(withTerm('v=spf1 mx ~all', 'include:x.example')).toBe(
      'v=spf1 mx include:x.example ~all',
    );
    expect(withTerm('v=spf1 mx', 'include:x.example')).toBe('v=spf1 mx include:x.example');
  });
});

describe('what receivers make of a domain’s SPF', () => {
  it('is missing where no TXT record is of SPF', () => {
    expect(examined({ 'shop.example': ['google-site-verification=abc', 'v=spf10'] })).toEqual({
      is: 'missing',
    });
  });

  it('is nothing where there are several records', () => {
    const records = ['v=spf1 mx -all', 'v=spf1 a -all'];
    expect(examined({ 'shop.example': records })).toMatchObject({ is: 'broken', records });
  });

  it('counts the questions of all that it includes, at any depth, twice what is included twice', () => {
    const found = examined({
      'shop.example': ['v=spf1 a mx include:one.example include:two.example -all'],
      'one.example': ['v=spf1 include:all.example ~all'],
      'two.example': ['v=spf1 include:all.example exists:%{i}.x.example ip4:203.0.113.1 ~all'],
      'all.example': ['v=spf1 a ~all'],
    });
    expect(found).toMatchObject({
      ...{ is: 'read', lookups: 9 },
      included: ['one.example', 'all.example', 'two.example'],
    });
  });

  it('is broken by an eleventh question, and not by a tenth', () => {
    const asking = (times: number): string[] => [
      `v=spf1 ${Array.from({ length: times }, (_, at) => `a:h${String(at)}.shop.example`).join(' ')} -all`,
    ];
    expect(examined({ 'shop.example': asking(10) })).toMatchObject({ is: 'read', lookups: 10 });
    const found = examined({ 'shop.example': asking(11) });
    expect(found).toMatchObject({ is: 'broken' });
    expect('why' in found && found.why).toContain('11 times');
  });

  it.each([
    ['comes back to itself', { 'x.example': ['v=spf1 include:shop.example -all'] }],
    ['which has no SPF record', { 'x.example': [] }],
    ['which has a broken one', { 'x.example': ['v=spf1 nonsense -all'] }],
  ])('is broken by an include that %s', (why, others) => {
    const own = { 'shop.example': ['v=spf1 include:x.example -all'] };
    const found = examined({ ...own, ...others });
    expect(found).toMatchObject({ is: 'broken' });
    expect('why' in found && found.why).toContain(why);
  });

  it('is not known where DNS is silent', () => {
    const silent = (domain: string) => ({ is: 'silent', domain, why: 'ETIMEOUT' });
    expect(examined({ 'shop.example': 'ETIMEOUT' })).toEqual(silent('shop.example'));
    const own = { 'shop.example': ['v=spf1 include:one.example redirect=two.example'] };
    const one = { 'one.example': ['v=spf1 include:three.example -all'] };
    const rest = { 'two.example': ['v=spf1 -all'], 'three.example': 'ETIMEOUT' };
    expect(examined({ ...own, ...one, ...rest })).toEqual(silent('three.example'));
    // Time was over before it was asked for.
    expect(examined({ ...own, ...one })).toMatchObject({ is: 'silent', domain: 'three.example' });
  });

  it.each([
    ['which has no SPF record', 'include:none.example'],
    [
      'give up after 10',
      Array.from({ length: 11 }, (_, at) => `a:h${String(at)}.example`).join(' '),
    ],
  ])('is broken for certain, whoever is silent beside that: %s', (why, terms) => {
    const found = examined({
      'shop.example': [`v=spf1 include:away.example ${terms} -all`],
      ...{ 'away.example': 'ETIMEOUT', 'none.example': [] },
    });
    expect(found).toMatchObject({ is: 'broken' });
    expect('why' in found && found.why).toContain(why);
  });

  it('is asked for record by record', () => {
    const known: Record<string, string[]> = {};
    expect(spfDomainsToAsk('shop.example', texts(known))).toEqual(['shop.example']);
    known['shop.example'] = ['v=spf1 include:one.example redirect=two.example'];
    expect(spfDomainsToAsk('shop.example', texts(known))).toEqual(['one.example', 'two.example']);
    known['one.example'] = ['v=spf1 -all'];
    known['two.example'] = ['v=spf1 -all'];
    expect(spfDomainsToAsk('shop.example', texts(known))).toEqual([]);
  });
});
