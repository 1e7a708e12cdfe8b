import { compileCondition } from '#domain/condition/compile-condition.ts';
import type { CompiledCondition } from '#domain/condition/compiled.ts';
import type { Condition } from '#domain/condition/condition.ts';
import type { EventAsk } from '#domain/condition/event-matches.ts';
import { leavesOf } from '#domain/condition/leaves-of.ts';
import { reads, type Reads } from '#domain/condition/reads.ts';
import { addLookBack, pathsOfAsk, type LookBack } from '#domain/event/look-back.ts';
import { asksToKeep } from './asks-to-keep.ts';
import type { KeptAsk } from './kept-matches.ts';

/** A segment whose members are kept, as the event path sees it. */
export interface LiveSegment {
  key: string;
  /**
   * Grows by one over all segments with each definition: a profile that was looked at up to one
   * generation has the right membership of every segment up to it.
   */
  generation: number;
  /** Null: static, its members are told by name. */
  condition: Condition | null;
  /** Epoch ms; one that was removed and made again is another. Absent: it was always there. */
  createdAt?: number;
}

/** A live segment with everything that is reckoned once. */
export interface CompiledSegment extends LiveSegment {
  holds: CompiledCondition | null;
  reads: Reads;
  /** The asks it makes of events. */
  asks: readonly KeptAsk[];
  /** Keys of the segments its condition names. */
  readsSegments: readonly string[];
}

/** Which segments read what, so that an event is asked about by few. */
interface Readers {
  byEvent: ReadonlyMap<string, readonly CompiledSegment[]>;
  byAttribute: ReadonlyMap<string, readonly CompiledSegment[]>;
  byTrait: ReadonlyMap<string, readonly CompiledSegment[]>;
  byPreference: readonly CompiledSegment[];
  byConsent: readonly CompiledSegment[];
  byReach: readonly CompiledSegment[];
  /** Those that read the customer's calendar. */
  byZone: readonly CompiledSegment[];
}

const READS_NOTHING: Reads = {
  events: [],
  attributes: [],
  traits: [],
  preferences: false,
  consents: false,
  reach: false,
  segments: false,
  stage: false,
  time: false,
  zone: false,
};

/**
 * All live segments, compiled, and found by what may change them. Segments that read others come
 * after them. Whoever defines a segment sees to it that none reads itself around a corner; here
 * such would simply come last.
 */
export class SegmentCatalogue {
  readonly generation: number;
  /** In the order of evaluation. */
  readonly segments: readonly CompiledSegment[];
  /** Every ask of any segment, by its id. */
  readonly asks: ReadonlyMap<string, KeptAsk>;
  readonly readers: Readers;
  readonly #keys: ReadonlySet<string>;
  readonly #kept = new WeakMap<EventAsk, KeptAsk>();
  /** The oldest generation that makes an ask, by the ask's id. */
  readonly #countedSince = new Map<string, number>();
  readonly #asksByEvent = new Map<string, KeptAsk[]>();

  /** `generation`: of the newest definition or removal, where that is none of the live ones. */
  constructor(live: readonly LiveSegment[], generation = 0) {
    this.generation = live.reduce((newest, one) => Math.max(newest, one.generation), generation);
    this.#keys = new Set(live.map(({ key }) => key));
    const asks = new Map<string, KeptAsk>();
    this.segments = inOrder(live).map((segment) => this.#compiled(segment, asks));
    this.asks = asks;
    this.readers = readersOf(this.segments);
    for (const kept of asks.values()) push(this.#asksByEvent, kept.ask.event, kept);
  }

  #compiled(segment: LiveSegment, asks: Map<string, KeptAsk>): CompiledSegment {
    const { condition } = segment;
    if (condition === null) {
      return { ...segment, holds: null, reads: READS_NOTHING, asks: [], readsSegments: [] };
    }
    const own = leavesOf(condition)
      .flatMap(({ leaf }) => ('event' in leaf ? asksToKeep(leaf) : []))
      .map((kept) => {
        const shared = asks.get(kept.id) ?? kept;
        asks.set(kept.id, shared);
        this.#kept.set(kept.ask, shared);
        const since = this.#countedSince.get(kept.id) ?? Infinity;
        this.#countedSince.set(kept.id, Math.min(since, segment.generation));
        return shared;
      });
    return {
      ...segment,
      holds: compileCondition(condition),
      reads: reads(condition),
      asks: own,
      readsSegments: segmentsRead(condition),
    };
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  get isEmpty(): boolean {
    return this.segments.length === 0;
  }

  /** The asks that an event of this name may count for. */
  asksOf(event: string): readonly KeptAsk[] {
    return this.#asksByEvent.get(event) ?? [];
  }

  /** How and under which id matches of an ask are kept. */
  keptAs(ask: EventAsk): KeptAsk | undefined {
    return this.#kept.get(ask);
  }

  /**
   * Whether matches of an ask are counted on profiles that were looked at up to `generation`: then
   * one that keeps nothing for it has had none.
   */
  isCounted(id: string, generation: number): boolean {
    return (this.#countedSince.get(id) ?? Infinity) <= generation;
  }

  /** Segments defined since a generation. */
  since(generation: number): CompiledSegment[] {
    return this.segments.filter((segment) => segment.generation > generation);
  }

  /**
   * Events by name that a profile looked at up to `generation` needs read to be looked at anew.
   * Empty when nothing was defined since.
   */
  missing(generation: number, now: number): Map<string, LookBack> {
    const asked = new Map<string, LookBack>();
    for (const { ask, keep } of this.since(generation).flatMap((segment) => segment.asks)) {
      const since = keep.kind === 'window' ? now - keep.ms : 0;
      addLookBack(asked, ask.event, { since, paths: pathsOfAsk(ask) });
    }
    return asked;
  }
}

/** Those that read no others first, then those that read only these, and so on. */
function inOrder(live: readonly LiveSegment[]): LiveSegment[] {
  const known = new Map(live.map((segment) => [segment.key, segment]));
  const done = new Set<string>();
  const ordered: LiveSegment[] = [];
  const visit = (segment: LiveSegment): void => {
    if (done.has(segment.key)) return;
    done.add(segment.key);
    for (const key of segment.condition === null ? [] : segmentsRead(segment.condition)) {
      const other = known.get(key);
      if (other !== undefined) visit(other);
    }
    ordered.push(segment);
  };
  for (const segment of live) visit(segment);
  return ordered;
}

/** Keys of the segments a condition names. */
export function segmentsRead(condition: Condition): string[] {
  return leavesOf(condition).flatMap(({ leaf }) =>
    'segment' in leaf && typeof leaf.segment === 'string' ? [leaf.segment] : [],
  );
}

function readersOf(segments: readonly CompiledSegment[]): Readers {
  const byEvent = new Map<string, CompiledSegment[]>();
  const byAttribute = new Map<string, CompiledSegment[]>();
  const byTrait = new Map<string, CompiledSegment[]>();
  for (const segment of segments) {
    const { events, attributes, traits } = segment.reads;
    for (const { name } of events) push(byEvent, name, segment);
    for (const name of attributes) push(byAttribute, name, segment);
    for (const name of traits) push(byTrait, name, segment);
  }
  return {
    byEvent,
    byAttribute,
    byTrait,
    byPreference: segments.filter(({ reads: { preferences } }) => preferences),
    byConsent: segments.filter(({ reads: { consents } }) => consents),
    byReach: segments.filter(({ reads: { reach } }) => reach),
    byZone: segments.filter(({ reads: { zone } }) => zone),
  };
}

function push<T>(lists: Map<string, T[]>, name: string, item: T): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [item]);
  else list.push(item);
}

/** Where no segment is live. */
export const NO_SEGMENTS = new SegmentCatalogue([]);
