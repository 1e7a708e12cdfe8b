import type { Fault } from '#domain/errors.ts';
import type { RowFrame } from '#domain/import/cell-reader.ts';
import type { ImportDefaults } from '#domain/import/plan-import.ts';
import type { JsonObject } from '#domain/json.ts';
import type { ProductSaid } from '#domain/product/product.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { HashStore } from './hash-store.ts';
import type { Would } from './import-document.ts';
import type { ImportStore } from './import-store.ts';
import type { LineStore } from './line-store.ts';
import type { UploadStore } from './upload-store.ts';

/** What became of some calls; the shape of events/accept-types.ts. */
export interface TakenIn {
  rejected: { index: number; errors: Fault[] }[];
  /** Ids of the accepted events. */
  ids: string[];
}

/** What became of one product. */
export interface TakenProduct {
  /** How many of its attributes there was no room for. */
  leftOut: number;
}

/** An import of which nothing stays: what it would do is reckoned from what is known. */
export interface DryRun {
  /** What acceptance would answer. */
  accept(calls: readonly JsonObject[]): Promise<TakenIn>;
  putProducts(said: readonly ProductSaid[], now: number): Promise<readonly TakenProduct[]>;
  /** So far. */
  would(): Would;
}

/** A customer and an e-mail they are known by, trimmed and in lower case. */
export interface PersonByEmail {
  profileId: string;
  email: string;
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
  /** All e-mails of these. */
  emails(ids: readonly string[]): Promise<PersonByEmail[]>;
  /** Those of these who are in the list. */
  membersAmong(segment: string, ids: readonly string[]): Promise<Set<string>>;
  /**
   * events/told-members.ts: the e-mails by which some of these were brought into the list since they
   * were last taken off it.
   */
  told(segment: string, ids: readonly string[]): Promise<Map<string, Set<string>>>;
  /** Who is in the list since an instant (epoch ms) or longer, as `page`. */
  members(
    segment: string,
    since: number,
    page: { after: string | null; limit: number },
  ): Promise<string[]>;
  /** events/accept-members.ts: changes of a list, each one change however often it is told. */
  tell(
    people: readonly (Pick<PersonByEmail, 'profileId'> & Partial<PersonByEmail>)[],
    said: { segment: string; change: 'added' | 'removed'; importId: string },
  ): Promise<void>;
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
  /** Goes on with what was reckoned before; customers it saw then it does not know again. */
  startDryRun(importId: string, before: Would): DryRun;
  /** Of some events those known from elsewhere than this import, with their properties. */
  earlier(ids: readonly string[], importId: string): Promise<ReadonlyMap<string, JsonObject>>;
  /** How many events wait to be routed, counted no further than `limit`. */
  countPending(limit: number): Promise<number>;
  /** Whether profiles show every event of this import, and every change it made of a list. */
  isApplied(importId: string): Promise<boolean>;
  /** products/product-store.ts; one answer for each, in order. */
  putProducts(said: readonly ProductSaid[], now: number): Promise<readonly TakenProduct[]>;
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
