/** One term of an SPF record: a mechanism (`include:…`) or a modifier (`redirect=…`). */
interface SpfTerm {
  qualifier: SpfQualifier;
  /** In small letters. */
  name: string;
  /** What follows the colon, the slash or the equals sign; empty: nothing does. */
  value: string;
}

type SpfQualifier = '+' | '-' | '~' | '?';

export interface SpfRecord {
  mechanisms: SpfTerm[];
  /** The record that goes on where no mechanism fits; null: none. */
  redirect: string | null;
  /** What is to be thought of a server that nothing names; null: nothing is said. */
  all: SpfQualifier | null;
}

const MECHANISMS = ['all', 'include', 'a', 'mx', 'ptr', 'ip4', 'ip6', 'exists'];
/** Those of them that cost the receiver a question to DNS. */
const ASKING = new Set(['include', 'a', 'mx', 'ptr', 'exists']);
const TERM = /^([+?~-]?)([a-z][a-z0-9._-]*)(?:([:=])(\S+)|(\/\S+))?$/i;

/** Whether a TXT record claims to be of SPF: of several that do none counts (permerror). */
export function isSpf(text: string): boolean {
  return /^v=spf1(\s|$)/i.test(text);
}

/** Reads an SPF record (RFC 7208), or says which term receivers will not understand. */
export function readSpfRecord(text: string): { ok: SpfRecord } | { fault: string } {
  const record: SpfRecord = { mechanisms: [], redirect: null, all: null };
  for (const word of text.trim().split(/\s+/).slice(1)) {
    const read = readTerm(word);
    if (read === null) return { fault: `receivers do not understand "${word}"` };
    if ('modifier' in read) {
      if (read.modifier === 'redirect') record.redirect = read.value;
      continue;
    }
    record.mechanisms.push(read);
    // What stands behind `all` is never come to.
    if (read.name === 'all') return { ok: { ...record, all: read.qualifier, redirect: null } };
  }
  return { ok: record };
}

/** Null: that is no term. A modifier that nobody knows is one, and says nothing. */
function readTerm(word: string): SpfTerm | { modifier: string; value: string } | null {
  const parts = TERM.exec(word);
  if (parts === null) return null;
  const [, sign = '', written = '', mark, said, network] = parts;
  const name = written.toLowerCase();
  const value = (said ?? network ?? '').toLowerCase();
  if (mark === '=') return sign === '' ? { modifier: name, value } : null;
  if (!MECHANISMS.includes(name) || (needsValue(name) && value === '')) return null;
  return { qualifier: (sign === '' ? '+' : sign) as SpfQualifier, name, value };
}

function needsValue(name: string): boolean {
  return ['include', 'ip4', 'ip6', 'exists'].includes(name);
}

/** Questions to DNS that a receiver asks for this record itself, without those of other records. */
export function ownLookups({ mechanisms, redirect }: SpfRecord): number {
  return mechanisms.filter(({ name }) => ASKING.has(name)).length + (redirect === null ? 0 : 1);
}

/** The domains whose records a receiver reads for this one. Those made from the mail are left out. */
export function domainsNamed({ mechanisms, redirect }: SpfRecord): string[] {
  const included = mechanisms.flatMap(({ name, value }) => (name === 'include' ? value : []));
  return [...included, ...(redirect === null ? [] : [redirect])].filter(
    (one) => !one.includes('%'),
  );
}

/** The record with one more term in it, before its `all`. */
export function withTerm(text: string, term: string): string {
  const words = text.trim().split(/\s+/);
  const at = words.findIndex((word) => /^[+?~-]?all$/i.test(word) || /^redirect=/i.test(word));
  words.splice(at === -1 ? words.length : at, 0, term);
  return words.join(' ');
}
