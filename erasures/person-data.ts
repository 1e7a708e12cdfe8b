import type { Mongo } from '#platform/mongo.ts';
import { familyOf } from './family.ts';
import { runIdsOf } from './erasure-store.ts';
import { PERSON_STORES, RUNS, VOUCHERS, type PersonDocument } from './person-stores.ts';

/** What an export is written as: one JSON document, or a line for each part. */
export const PERSON_FORMATS = ['json', 'ndjson'] as const;
export type PersonFormat = (typeof PERSON_FORMATS)[number];

/** How Kairos keeps its own books: nothing of it is of the person. */
const INTERNAL: ReadonlySet<string> = new Set([
  ...['partition', 'revision', 'place', 'pending', 'appliedAt', 'expiresAt'],
  ...['latest', 'listens', 'held', 'unstarted', 'relisten', 'revived', 'temporalRunId'],
  ...['segmentState', 'watches', 'nextWatchAt', 'names'],
]);

interface Ask {
  profileId: string;
  format: PersonFormat;
  /** What is known at once, by the names of its parts. */
  head: Readonly<Record<string, unknown>>;
}

/**
 * Everything that is kept of one person, made while it is sent: it goes by the same list as an
 * erasure, one document in memory at a time.
 */
export async function* personData(
  { db, collections }: Pick<Mongo, 'db' | 'collections'>,
  { profileId, format, head }: Ask,
): AsyncGenerator<string> {
  const family = await familyOf(collections, profileId);
  const profiles = family.map(({ _id }) => _id);
  const merged = family.filter(({ _id }) => _id !== profileId);
  const runs = await runIdsOf({ collections }, profiles);
  const write = format === 'json' ? writeJson() : writeLines();
  for (const [name, value] of Object.entries(head)) yield write.part(name, value);
  yield write.begin('mergedProfiles');
  for (const profile of merged) yield write.member(readable(profile));
  yield write.end();
  for (const { name, of } of [RUNS, ...PERSON_STORES, VOUCHERS]) {
    yield write.begin(name);
    for await (const found of db.collection<PersonDocument>(name).find(of(profiles, runs))) {
      yield write.member(readable(found));
    }
    yield write.end();
  }
  yield write.close();
}

interface Writer {
  part(name: string, value: unknown): string;
  begin(name: string): string;
  member(value: unknown): string;
  end(): string;
  close(): string;
}

function writeJson(): Writer {
  let isFirst = true;
  let isFirstMember = true;
  const name = (said: string): string => {
    const before = isFirst ? '{' : ',';
    isFirst = false;
    return `${before}\n${JSON.stringify(said)}:`;
  };
  return {
    part: (said, value) => name(said) + JSON.stringify(value),
    begin(said) {
      isFirstMember = true;
      return `${name(said)}[`;
    },
    member(value) {
      const before = isFirstMember ? '\n' : ',\n';
      isFirstMember = false;
      return before + JSON.stringify(value);
    },
    end: () => ']',
    close: () => '\n}\n',
  };
}

function writeLines(): Writer {
  let name = '';
  const line = (part: string, data: unknown): string => `${JSON.stringify({ part, data })}\n`;
  return {
    part: line,
    begin(said) {
      name = said;
      return '';
    },
    member: (value) => line(name, value),
    end: () => '',
    close: () => '',
  };
}

/** A document as somebody may read it: without our own books, its own instants in ISO 8601. */
function readable(document: { _id: string }): Record<string, unknown> {
  const { _id: id, ...rest } = document;
  const shown = Object.entries(rest)
    .filter(([name]) => !INTERNAL.has(name))
    .map(([name, value]): [string, unknown] => [name, instantOr(name, value)]);
  return { id, ...Object.fromEntries(shown) };
}

function instantOr(name: string, value: unknown): unknown {
  const isInstant = typeof value === 'number' && /(^at|At)$/.test(name);
  return isInstant ? new Date(value).toISOString() : value;
}
