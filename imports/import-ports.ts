import type { Fault } from '#domain/errors.ts';
import type { RowFrame } from '#domain/import/cell-reader.ts';
import type { ImportDefaults } from '#domain/import/plan-import.ts';
import type { JsonObject } from '#domain/json.ts';
import type { ProductSaid } from '#domain/product/product.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { HashStore } from './hash-store.ts';
import type { ImportStore } from './import-store.ts';
import type { LineStore } from './line-store.ts';
import type { UploadStore } from './upload-store.ts';

/** What became of some calls; the shape of events/accept-types.ts. */
export interface TakenIn {
  rejected: { index: number; errors: Fault[] }[];
  /** Ids of the accepted events. */
  ids: string[];
}

/** What an audience needs of customers and lists. */
export interface AudiencePeople {
  /**
   * Sees to it that there is a list of this key, where `make` says so.
   * @throws DomainError `invalid` where the segment's members follow from a condition
   */
  openList(segment: string, make: boolean): Promise<void>;
  /** How many customers there are, about. */
  estimate(): Promise<number>;
  /** Ids of customers after one, in their order. */
  page(after: string | null, limit: number): Promise<string[]>;
  /** The e-mails these are known by, trimmed and in lower case. */
  emails(ids: readonly string[]): Promise<{ profileId: string; email: string }[]>;
  /** Those of these who are in the list. */
  membersAmong(segment: string, ids: readonly string[]): Promise<Set<string>>;
  /** Who is in the list since an instant (epoch ms) or longer, as `page`. */
  members(
    segment: string,
    since: number,
    page: { after: string | null; limit: number },
  ): Promise<string[]>;
  /** Accepts changes of a list, each once however often it is told; answers the events' ids. */
  tell(
    ids: readonly string[],
    said: { segment: string; change: 'added' | 'removed'; importId: string },
  ): Promise<string[]>;
}

/** What imports need of the rest of Kairos. */
export interface ImportPorts {
  store: ImportStore;
  uploads: UploadStore;
  lines: LineStore;
  hashes: HashStore;
  people: AudiencePeople;
  /** events/accept-events.ts, which marks the events as this import's. @throws DomainError */
  accept(calls: readonly JsonObject[], importId: string): Promise<TakenIn>;
  /** What acceptance would refuse of these calls; nothing is written. */
  check(calls: readonly JsonObject[], importId: string): TakenIn;
  /** How many events wait to be routed, counted no further than `limit`. */
  countPending(limit: number): Promise<number>;
  /** Whether the profiles show these events; waits no longer than `timeoutMs`. */
  awaitApplied(ids: readonly string[], timeoutMs: number): Promise<boolean>;
  /** products/product-store.ts */
  putProducts(said: readonly ProductSaid[], now: number): Promise<void>;
  /** Products that are sold, in the order of ids, after one. */
  listProducts(
    after: string | null,
    limit: number,
  ): Promise<readonly { id: string; createdAt: number }[]>;
  tools: RowFrame['tools'];
  defaults: ImportDefaults;
  newId(): string;
  clock: Clock;
  logger: Logger;
}
