import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '#domain/errors.ts';
import { parseImportMap } from '#domain/import/import-map.ts';
import type { ImportPlan } from '#domain/import/import-plan.ts';
import { planImport } from '#domain/import/plan-import.ts';
import { replaceRefusal } from '#domain/import/replace-refusal.ts';
import { Tally } from '#domain/import/tally.ts';
import { archiveMissing } from './archive-missing.ts';
import {
  isFeed,
  NOTHING,
  type AudienceCounts,
  type Checkpoint,
  type StoredImport,
} from './import-document.ts';
import type { DryRun, ImportPorts } from './import-ports.ts';
import { AudienceMatch, type PeoplePlace } from './match-audience.ts';
import { openTable } from './open-table.ts';
import { RowTaker } from './take-rows.ts';

/** Between checkpoints while lines are staged, in ms: at most so much is read again after a crash. */
const SAVE_EVERY_MS = 1_000;
/** Between signs of life while nothing else is written, in ms. */
const BEAT_EVERY_MS = 2_000;
/** Between looks whether profiles show all of it, in ms. */
const APPLIED_LOOK_MS = 100;

const NOTHING_COUNTED: AudienceCounts = {
  ...{ hashes: 0, matched: 0, people: 0, added: 0, removed: 0 },
  ...{ looked: 0, total: null },
};

/** The import is another process's now, or this one is asked to end. */
export class Left extends Error {}

/** Works on one import from its checkpoint to its end. */
export class ImportRun {
  readonly #ports: ImportPorts;
  readonly #made: StoredImport;
  readonly #owner: string;
  readonly #ending: AbortSignal;
  readonly #tally: Tally;
  readonly #plan: ImportPlan;
  readonly #taker: RowTaker;
  readonly #dryRun: DryRun | null;
  #place: Checkpoint;
  #beatenAt: number;
  #archived: number | undefined;
  #counts: AudienceCounts | undefined;

  /** @throws DomainError where the map no longer fits, which only another version could cause. */
  constructor(ports: ImportPorts, made: StoredImport, owner: string, ending: AbortSignal) {
    const { _id: importId, as, columns, map, dryRun } = made;
    const { stage, row, orderId, profileId = null } = made;
    this.#ports = ports;
    this.#made = made;
    this.#owner = owner;
    this.#ending = ending;
    this.#place = { stage, row, orderId, profileId };
    this.#counts = made.counts;
    this.#beatenAt = ports.clock();
    const { rows, accepted, rejected, skipped } = made;
    this.#tally = new Tally(
      { rows, accepted, rejected, skipped },
      made.cleaned,
      made.errors.length,
    );
    const parsed = map === null ? null : parseImportMap(JSON.parse(map));
    const defaults = { ...ports.defaults, isFeed: isFeed(made.format) };
    this.#plan = planImport(as, columns, parsed, defaults);
    this.#dryRun = dryRun ? ports.startDryRun(importId, made.would ?? NOTHING) : null;
    this.#taker = new RowTaker(ports, {
      frame: { importId, saidAt: made.createdAt, tools: ports.tools },
      stagedAs: importId,
      tally: this.#tally,
      dryRun: this.#dryRun,
      isOrders: as === 'orders',
      alive: () => this.#alive(),
    });
  }

  /**
   * Resolves once everything is in and profiles show it: from then on neither file nor staged lines
   * are needed, whoever goes on. @throws Left, DomainError
   */
  async run(): Promise<void> {
    if (this.#place.stage === 'rows') await this.#readRows();
    if (this.#place.stage === 'orders') await this.#gatherOrders();
    if (this.#place.stage === 'missing') await this.#archiveMissing();
    const { stage, profileId = null } = this.#place;
    if (stage === 'people' || stage === 'others') await this.#matchAudience({ stage, profileId });
    if (!this.#made.dryRun) await this.#awaitApplied();
    await this.#save({ ...this.#place, stage: 'done' });
  }

  async #readRows(): Promise<void> {
    const { _id: id, bytes } = this.#made;
    const table = openTable(this.#made, this.#ports.uploads.open(id, bytes), this.#plan);
    for await (const rows of table.rows(this.#place.row)) {
      await this.#taker.takeRows(this.#plan, rows);
      const place: Checkpoint = { stage: 'rows', row: rows.at(-1)?.number ?? 0, orderId: null };
      if (this.#isSaveDue()) await this.#save(place);
      else this.#place = place;
    }
    if (this.#made.as === 'orders') await this.#save({ ...this.#place, stage: 'orders' });
    if (this.#made.missing === 'archive') await this.#save({ ...this.#place, stage: 'missing' });
    if (this.#made.as === 'audience') await this.#save({ ...this.#place, stage: 'people' });
  }

  async #matchAudience(from: PeoplePlace): Promise<void> {
    const { _id: importId, audience, createdAt: askedAt, dryRun } = this.#made;
    if (audience === undefined) return;
    const refusal = audience.mode === 'replace' ? replaceRefusal(this.#tally.counts) : null;
    if (refusal !== null) throw new DomainError('conflict', refusal);
    const match = new AudienceMatch(this.#ports, {
      ...{ importId, audience, askedAt, dryRun },
      counts: this.#counts ?? NOTHING_COUNTED,
      alive: () => this.#alive(),
      saved: async (place, counts) => {
        this.#counts = { ...counts };
        await this.#save({ ...this.#place, ...place });
      },
    });
    this.#counts = await match.run(from);
  }

  async #archiveMissing(): Promise<void> {
    const { _id: id, bytes } = this.#made;
    this.#archived = await archiveMissing({
      ports: this.#ports,
      made: this.#made,
      plan: this.#plan,
      table: openTable(this.#made, this.#ports.uploads.open(id, bytes), this.#plan),
      alive: () => this.#alive(),
    });
  }

  /** All orders, each out of all its lines, a few thousand lines at a time. */
  async #gatherOrders(): Promise<void> {
    await this.#taker.gatherOrders(this.#plan, this.#place.orderId, async (orderId) => {
      await this.#save({ ...this.#place, orderId });
    });
    this.#checkSum();
  }

  /** Lines that waited here for longer than they are kept are gone: nobody may take that for success. */
  #checkSum(): void {
    const { rows, accepted, rejected, skipped } = this.#tally.counts;
    const found = accepted + rejected + skipped;
    if (found === rows) return;
    const detail = `Of ${String(rows)} rows ${String(found)} were found again when orders were made of them. The same file may be sent again.`;
    throw new DomainError('conflict', detail);
  }

  /** However long that takes: an import that is complete is one that profiles show. */
  async #awaitApplied(): Promise<void> {
    while (!(await this.#ports.isApplied(this.#made._id))) {
      await this.#alive();
      await sleep(APPLIED_LOOK_MS);
    }
  }

  /** Staging is quicker than a durable checkpoint; what is staged again is staged once. */
  #isSaveDue(): boolean {
    const isStaged = this.#made.as === 'orders' || this.#made.as === 'audience';
    if (!isStaged || this.#ending.aborted) return true;
    return this.#ports.clock() - this.#beatenAt >= SAVE_EVERY_MS;
  }

  async #save(place: Checkpoint): Promise<void> {
    const { counts, cleaned } = this.#tally;
    const news = this.#tally.takeNews();
    const now = this.#ports.clock();
    const archived = this.#archived === undefined ? {} : { archived: this.#archived };
    // Of an audience what would come of it is counted with it.
    const isTold = this.#dryRun !== null && this.#made.as !== 'audience';
    const would = isTold ? { would: this.#dryRun.would() } : {};
    const audience = this.#counts === undefined ? {} : { counts: this.#counts };
    const progress = { ...counts, ...place, ...archived, ...would, ...audience, cleaned, news };
    const isOurs = await this.#ports.store.save(this.#made._id, this.#owner, now, progress);
    if (!isOurs) throw new Left();
    this.#place = place;
    this.#beatenAt = now;
    if (this.#ending.aborted) throw new Left();
  }

  async #alive(): Promise<void> {
    if (this.#ending.aborted) throw new Left();
    const now = this.#ports.clock();
    if (now - this.#beatenAt < BEAT_EVERY_MS) return;
    this.#beatenAt = now;
    if (!(await this.#ports.store.beat(this.#made._id, this.#owner, now))) throw new Left();
  }
}

/** A sentence for whoever asked, and nothing of the file; null where time may cure it. */
export function failureOf(error: unknown): string | null {
  if (!(error instanceof DomainError)) return null;
  const isWeather = error.code === 'unavailable' || error.code === 'too-many-requests';
  return isWeather ? null : error.message;
}
