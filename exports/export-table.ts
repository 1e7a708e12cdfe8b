import type { Column, ExportRow } from '#domain/export/export.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';
import type { Product } from '#domain/product/product.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { StoredMessage } from '#domain/message/message.ts';
import type { StoredRun } from '#platform/documents.ts';

/** Rows since and until an instant (epoch ms), the later one not included; null: no bound. */
export interface Span {
  since: number | null;
  until: number | null;
}

/** A table that can be taken out. Its rows come page by page, so memory does not grow with them. */
export interface ExportTable {
  /** Columns that are always there, in their order. */
  columns: readonly Column[];
  /** Those that facts of people or products make; found by going over all of them once. */
  facts?: () => Promise<Column[]>;
  /** Columns of Kairos' own reckoning that come after the facts. */
  own: readonly Column[];
  /** Page by page, each row once; ends by itself when nobody asks for more. */
  pages(): AsyncIterable<ExportRow[]>;
}

/** What is read, a page at a time after an id. */
export interface ExportStore {
  profiles(page: PageAsk & { segment?: string }): Promise<Profile[]>;
  /** The facts people have by name, the commonest first, at most so many; `segment`: its members'. */
  seenFacts(of: 'attributes' | 'consents', segment: string | undefined): Promise<SeenName[]>;
  events(page: TimedAsk): Promise<StoredEvent[]>;
  orders(page: TimedAsk): Promise<Order[]>;
  runs(page: TimedAsk): Promise<StoredRun[]>;
  messages(page: TimedAsk): Promise<StoredMessage[]>;
  products(page: PageAsk): Promise<Product[]>;
  seenProductFacts(): Promise<SeenName[]>;
  people(profileIds: readonly string[]): Promise<People>;
  /** Epoch ms at which the oldest event came in that waits to be applied; null: none waits. */
  oldestWaiting(): Promise<number | null>;
}

export interface SeenName {
  name: string;
  /** Kinds of value in MongoDB's words. */
  types: string[];
}

/** In the order of ids. */
export interface PageAsk {
  after: string;
  limit: number;
}

/** In the order of instants, and of ids within one, so that a narrow span reads little. */
export interface TimedAsk extends Span {
  /** Null: from the beginning. Epoch ms. */
  after: { at: number; id: string } | null;
  limit: number;
}

/** Who some profiles are; of those that were erased nothing may go out. */
export interface People {
  /** Ids of profiles that were erased. */
  erased: ReadonlySet<string>;
  /** Identities (`email:…`) by the profile's id, sorted, but for its own external id: that is first. */
  identities: ReadonlyMap<string, string[]>;
}

/** Rows read at once: a page of the largest documents is some megabytes. */
export const PAGE_ROWS = 500;
/** Events and orders' events are larger, up to half a megabyte. */
export const EVENT_PAGE_ROWS = 100;

/** Page after page, each asked for by the last row of the one before, when that is gone. */
async function* pagesAfter<T>(read: (last: T | null) => Promise<T[]>): AsyncGenerator<T[]> {
  for (let last: T | null = null; ;) {
    const page: T[] = await read(last);
    last = page.at(-1) ?? null;
    if (last === null) return;
    yield page;
  }
}

/** Page after page in the order of ids. */
export function pagesOf<T extends { _id: string }>(
  read: (after: string) => Promise<T[]>,
): AsyncGenerator<T[]> {
  return pagesAfter((last) => read(last?._id ?? ''));
}

/** Page after page in the order of instants, which `at` tells of a row. */
export function pagesByTime<T extends { _id: string }>(
  read: (after: TimedAsk['after']) => Promise<T[]>,
  at: (row: T) => number,
): AsyncGenerator<T[]> {
  return pagesAfter((last) => read(last && { at: at(last), id: last._id }));
}

/** The identity's value: `external:42` is `42`. */
export function firstIdentity(identities: readonly string[], kind: string): string | null {
  const found = identities.find((id) => id.startsWith(`${kind}:`));
  return found === undefined ? null : found.slice(kind.length + 1);
}

export const WHO_COLUMNS = [
  { name: 'external_id', type: 'text' },
  { name: 'anonymous_id', type: 'text' },
] as const satisfies Column[];

/** Whose row it is, by the ids that an import knows people by. */
export function who({ identities }: People, profileId: string): ExportRow {
  const known = identities.get(profileId) ?? [];
  return {
    external_id: firstIdentity(known, 'external'),
    anonymous_id: firstIdentity(known, 'anonymous'),
  };
}

/**
 * Pages of what happened to people, with who they are. Rows of people who were erased are left out,
 * so a page may be empty.
 */
export async function* pagesWithWho<T extends { _id: string; profileId: string }>(
  store: Pick<ExportStore, 'people'>,
  pages: AsyncIterable<T[]>,
  row: (one: T, whose: ExportRow) => ExportRow,
): AsyncGenerator<ExportRow[]> {
  for await (const page of pages) {
    const people = await store.people([...new Set(page.map(({ profileId }) => profileId))]);
    yield page
      .filter(({ profileId }) => !people.erased.has(profileId))
      .map((one) => row(one, who(people, one.profileId)));
  }
}
