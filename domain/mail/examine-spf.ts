import type { DnsAnswer } from './dns-answer.ts';
import { domainsNamed, isSpf, ownLookups, readSpfRecord, type SpfRecord } from './spf-record.ts';

/** Questions to DNS after which receivers give up (RFC 7208 section 4.6.4): the mail then fails. */
export const SPF_LOOKUPS_MAX = 10;

/** Questions after which nobody looks further: enough to see that there are too many. */
const LOOKED_AT_MAX = 2 * SPF_LOOKUPS_MAX;

/** TXT records by domain, of all that were asked. */
type Texts = ReadonlyMap<string, DnsAnswer<string>>;

/** What receivers make of a domain's SPF. */
export type SpfExamined =
  /** Of a domain, itself or included, nobody knows what it says. */
  | { is: 'silent'; domain: string; why: string }
  | { is: 'missing' }
  | { is: 'broken'; records: string[]; why: string }
  | {
      is: 'read';
      text: string;
      record: SpfRecord;
      /** Questions to DNS in all. */
      lookups: number;
      /** All domains that are included, at any depth. */
      included: string[];
    };

/** Domains that must be asked for their TXT records before a domain's SPF can be examined. */
export function spfDomainsToAsk(domain: string, texts: Texts): string[] {
  return [...walkFrom(domain, texts).unasked];
}

/** Follows a domain's SPF record through all that it includes. */
export function examineSpf(domain: string, texts: Texts): SpfExamined {
  const own = oneRecord(domain, texts);
  if (own.is !== 'read') return own;
  const walk = walkFrom(domain, texts);
  if (walk.broken !== null) return { is: 'broken', records: [own.text], why: walk.broken };
  const { lookups } = walk;
  if (lookups > SPF_LOOKUPS_MAX) {
    const why = `it makes receivers ask DNS ${String(lookups)} times: they give up after ${String(SPF_LOOKUPS_MAX)}, and then nothing passes. Remove what you do not send with any more`;
    return { is: 'broken', records: [own.text], why };
  }
  if (walk.silent !== null) return walk.silent;
  const included = [...walk.reached].filter((one) => one !== domain);
  return { is: 'read', text: own.text, record: own.record, lookups, included };
}

type OneRecord =
  Exclude<SpfExamined, { is: 'read' }> | { is: 'read'; text: string; record: SpfRecord };

function oneRecord(domain: string, texts: Texts): OneRecord {
  const answer = texts.get(domain) ?? { failed: 'not asked' };
  if ('failed' in answer) return { is: 'silent', domain, why: answer.failed };
  const records = answer.records.filter(isSpf);
  const [text, ...others] = records;
  if (text === undefined) return { is: 'missing' };
  if (others.length > 0) {
    const why = `there are ${String(records.length)} SPF records: receivers then count none of them (permerror). Make one of them`;
    return { is: 'broken', records, why };
  }
  const read = readSpfRecord(text);
  if ('fault' in read) return { is: 'broken', records, why: read.fault };
  return { is: 'read', text, record: read.ok };
}

interface Walk {
  lookups: number;
  /** Domains whose records were come to. */
  reached: Set<string>;
  unasked: Set<string>;
  broken: string | null;
  /** The first of them that did not answer, or was not asked. */
  silent: Extract<SpfExamined, { is: 'silent' }> | null;
}

function walkFrom(domain: string, texts: Texts): Walk {
  const found = { reached: new Set<string>(), unasked: new Set<string>() };
  const walk: Walk = { lookups: 0, ...found, broken: null, silent: null };
  step(walk, { domain, texts, above: [] });
  return walk;
}

/** Goes through one record and those below it. One that two include is asked, and counted, twice. */
function step(
  walk: Walk,
  { domain, texts, above }: { domain: string; texts: Texts; above: readonly string[] },
): void {
  // Receivers gave up long before.
  if (walk.lookups > LOOKED_AT_MAX) return;
  if (above.includes(domain)) {
    walk.broken ??= `it comes back to itself by ${domain}`;
    return;
  }
  walk.reached.add(domain);
  if (!texts.has(domain)) walk.unasked.add(domain);
  const one = oneRecord(domain, texts);
  if (one.is === 'silent') {
    walk.silent ??= one;
  } else if (one.is === 'read') {
    walk.lookups += ownLookups(one.record);
    for (const named of domainsNamed(one.record)) {
      step(walk, { domain: named, texts, above: [...above, domain] });
    }
  } else if (above.length > 0) {
    const what = one.is === 'missing' ? 'no SPF record' : 'a broken one';
    walk.broken ??= `it includes ${domain}, which has ${what}`;
  }
}
