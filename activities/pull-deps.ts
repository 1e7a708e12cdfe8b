import type { ImportDefaults } from '#domain/import/plan-import.ts';
import type { Source } from '#domain/source/source.ts';
import type { TakePorts } from '#imports/take-rows.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { PullStore } from '#sources/pull-store.ts';
import type { RowMemory } from '#sources/row-memory-store.ts';
import type { StoredPull } from '#sources/source-document.ts';
import type { SourceReader } from '#sources/source-reader.ts';
import type { SourceStore } from '#sources/source-store.ts';

/** What pulls need of the rest of Kairos. */
export interface PullDeps {
  sources: Pick<SourceStore, 'find'>;
  pulls: PullStore;
  memory: RowMemory;
  open(source: Source): Promise<SourceReader>;
  take: TakePorts;
  /** Whether the profiles show these events; waits no longer than `timeoutMs`. */
  awaitApplied(ids: readonly string[], timeoutMs: number): Promise<boolean>;
  defaults: ImportDefaults;
  /** A schedule fired for a source that is no more. */
  dropSchedule(source: string): Promise<void>;
  onEnded(pull: StoredPull): void;
  clock: Clock;
  logger: Logger;
}

/** One try of the activity. */
export interface PullTry {
  /** 1 is the first. */
  attempt: number;
  /** This process is to end, or the pull was cancelled: another goes on. */
  isEnding(): boolean;
}
