import type { Condition, EventLeaf, Leaf, ValueLeaf } from '#domain/condition/leaves.ts';
import type { Operators, TimeOperators } from '#domain/condition/operators.ts';
import { asksOf, type EventAsk } from '#domain/condition/event-matches.ts';
import { pathsOfAsk } from '#domain/event/look-back.ts';
import { AGE, BIRTHDAY } from '#domain/condition/computed-traits.ts';
import { longestMs } from '#domain/time/duration.ts';

/** Which events of one name a condition counts, and what it reads of each. */
interface EventRead {
  name: string;
  since: string | null;
  /** Dotted paths, as `properties.revenue`. */
  paths: readonly string[];
}

/** What must be gathered to evaluate a condition, and what can change its answer. */
export interface Reads {
  /**
   * Events by name, each once. `since`: only events of the last such duration matter (reach back
   * `longestMs` of it); null: all there ever were.
   */
  events: EventRead[];
  attributes: string[];
  traits: string[];
  preferences: boolean;
  consents: boolean;
  /** Whether it asks how the customer can be reached: by addresses, devices and consents. */
  reach: boolean;
  segments: boolean;
  stage: boolean;
  /** Whether time alone can change the answer. */
  time: boolean;
  /** Whether it reads the customer's calendar: another zone may change the answer. */
  zone: boolean;
}

/** Definitions are held on to, and the watches of journeys are asked about with every event. */
const known = new WeakMap<Condition, Reads>();

/** Lists what a condition reads, so that only events that matter lead to an evaluation. */
export function reads(condition: Condition): Reads {
  const before = known.get(condition);
  if (before !== undefined) return before;
  const listed = listReads(condition);
  known.set(condition, listed);
  return listed;
}

function listReads(condition: Condition): Reads {
  const found = new Found();
  found.visit(condition);
  return {
    events: [...found.events].map(([name, { since, paths }]) => ({
      ...{ name, since },
      paths: [...paths],
    })),
    attributes: [...found.attributes],
    traits: [...found.traits],
    preferences: found.preferences,
    consents: found.consents,
    reach: found.reach,
    segments: found.segments,
    stage: found.stage,
    time: found.time,
    zone: found.zone,
  };
}

class Found {
  readonly events = new Map<string, { since: string | null; paths: Set<string> }>();
  readonly attributes = new Set<string>();
  readonly traits = new Set<string>();
  preferences = false;
  consents = false;
  reach = false;
  segments = false;
  stage = false;
  time = false;
  zone = false;

  visit(condition: Condition): void {
    if ('all' in condition) for (const member of condition.all) this.visit(member);
    else if ('any' in condition) for (const member of condition.any) this.visit(member);
    else if ('not' in condition) this.visit(condition.not);
    else this.leaf(condition);
  }

  private leaf(leaf: Leaf): void {
    if ('event' in leaf) this.eventLeaf(leaf);
    else if ('consent' in leaf) this.consents = true;
    else if ('reachable' in leaf) this.reach = true;
    else if ('segment' in leaf) this.segments = true;
    else if ('stage' in leaf) this.stage = true;
    else this.valueLeaf(leaf);
  }

  private valueLeaf(leaf: ValueLeaf): void {
    if ('attribute' in leaf) this.attributes.add(leaf.attribute);
    if ('trait' in leaf) this.traits.add(leaf.trait);
    if ('preference' in leaf) this.preferences = true;
    const isAge = 'trait' in leaf && leaf.trait === AGE;
    if (isAge) this.attributes.add(BIRTHDAY);
    this.time ||= isAge || timeMatters(leaf);
    this.zone ||= isAge || readsCalendar(leaf);
  }

  private eventLeaf(leaf: EventLeaf): void {
    const { within, followedBy } = leaf;
    // A parameter may reach back any time.
    const since = typeof within === 'string' ? within : null;
    // What follows an event of the window happened later, so within the window too.
    const { own, follower, breaker } = asksOf(leaf);
    for (const ask of [own, follower, breaker]) if (ask !== null) this.event(ask, since);
    const dated = [leaf.first, leaf.last].filter((ops) => ops !== undefined);
    // Windows of months, and whatever is held against a date.
    this.zone ||=
      [within, followedBy?.within].some((span) => span !== undefined) ||
      [leaf, ...dated].some(readsCalendar);
    this.time ||= within !== undefined || dated.some(timeMatters);
  }

  private event(ask: EventAsk, since: string | null): void {
    const known = this.events.get(ask.event) ?? { since, paths: new Set() };
    const isLonger =
      known.since !== null && (since === null || longestMs(since) > longestMs(known.since));
    const paths = new Set([...known.paths, ...pathsOfAsk(ask)]);
    this.events.set(ask.event, { since: isLonger ? since : known.since, paths });
  }
}

function timeMatters(ops: Operators | TimeOperators): boolean {
  return (
    ops.withinLast !== undefined ||
    ops.anniversary !== undefined ||
    isRelative(ops.before) ||
    isRelative(ops.after)
  );
}

const ORDERS = ['gt', 'gte', 'lt', 'lte', 'between'] as const;

/** Whether something is held against a date, which begins where the customer lives. */
function readsCalendar(ops: Operators | TimeOperators): boolean {
  const written: unknown[] = ORDERS.map((name) => (ops as Operators)[name]).flat();
  return (
    written.some((bound) => bound !== undefined && typeof bound !== 'number') ||
    ops.before !== undefined ||
    ops.after !== undefined ||
    timeMatters(ops)
  );
}

/** A parameter may be filled in with a moment that moves; a number or a date stands still. */
function isRelative(moment: TimeOperators['before']): boolean {
  if (moment === undefined || typeof moment === 'number') return false;
  return typeof moment === 'object' || !/^\d/.test(moment);
}
