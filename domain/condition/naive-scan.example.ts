import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';

/** Something that happened to somebody; `n` is its property of that name, whatever shops send. */
export interface Happened {
  name: string;
  /** Epoch ms. */
  at: number;
  n: number | string | null;
}

/** A customer as a scan sees them. */
export interface Known {
  events: readonly Happened[];
  colour: string | null;
  /** IANA. */
  zone: string;
}

type Bound = { gte: number } | { lt: number };
type Times = { atLeast: number } | { atMost: number } | { exactly: number };
/** The part of the language that speaks of time: as it is written, before it is parsed. */
type EventAsked = {
  event: string;
  within?: string;
  where?: { 'properties.n': { gte: number } };
  followedBy?: { event: string; within?: string; without?: { event: string } };
} & (Partial<Times> | ({ sum: 'properties.n' } & Bound));
export type Plain =
  | EventAsked
  | { attribute: 'colour'; is: string }
  | { all: Plain[] }
  | { any: Plain[] }
  | { not: Plain };

/**
 * Whether a condition holds at an instant (epoch ms), found by going through all events: said a
 * second time, as docs/journeys.md says it, and by none of the code that compiles conditions, keeps
 * counts or reckons flips.
 */
export function naiveScan(condition: Plain, known: Known, at: number): boolean {
  if ('all' in condition) return condition.all.every((one) => naiveScan(one, known, at));
  if ('any' in condition) return condition.any.some((one) => naiveScan(one, known, at));
  if ('not' in condition) return !naiveScan(condition.not, known, at);
  if ('attribute' in condition) return known.colour === condition.is;
  return holdsOfEvents(condition, known, at);
}

function holdsOfEvents(asked: EventAsked, known: Known, at: number): boolean {
  const counted = countedOf(asked, known, at);
  if ('sum' in asked) {
    const hundredths = counted.reduce((sum, { n }) => sum + (hundredthsOf(n) ?? 0), 0);
    if ('gte' in asked) return hundredths >= asked.gte * 100;
    return 'lt' in asked && hundredths < asked.lt * 100;
  }
  const times = counted.length;
  if ('exactly' in asked) return times === asked.exactly;
  if ('atMost' in asked) return times <= (asked.atMost ?? 0);
  return times >= (('atLeast' in asked ? asked.atLeast : undefined) ?? 1);
}

/** The events of a leaf that count at an instant. */
function countedOf(asked: EventAsked, { events, zone }: Known, at: number): Happened[] {
  const { event, within, where, followedBy } = asked;
  const least = where?.['properties.n'].gte;
  return events.filter((one) => {
    if (one.name !== event || one.at > at) return false;
    const number = hundredthsOf(one.n);
    if (least !== undefined && (number === null || number < least * 100)) return false;
    if (within !== undefined && at >= after(one.at, within, zone)) return false;
    if (followedBy === undefined) return true;
    return events.some((next) => {
      if (next.name !== followedBy.event || next.at <= one.at || next.at > at) return false;
      const { within: soon, without } = followedBy;
      if (soon !== undefined && next.at > after(one.at, soon, zone)) return false;
      return !events.some(
        (between) => between.name === without?.event && between.at > one.at && between.at < next.at,
      );
    });
  });
}

/** Whole hundredths, so that no binary fraction can be added up wrongly; null: it is no number. */
function hundredthsOf(n: Happened['n']): number | null {
  if (typeof n === 'number') return Math.round(n * 100);
  const [, whole, cents = ''] = /^(\d+)(?:\.(\d{1,2}))?$/.exec(n ?? '') ?? [];
  return whole === undefined ? null : Number(whole) * 100 + Number(cents.padEnd(2, '0'));
}

function after(at: number, span: string, zone: string): number {
  const { years, months, days, hours } = Temporal.Duration.from(span);
  const date = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  return date.add({ years, months }).epochMilliseconds + (days * 24 + hours) * 3_600_000;
}

const SPANS = ['PT6H', 'P1D', 'P1M'];

/** Every instant at which an answer could change by time alone, with the instants on either side. */
export function instantsAround({ events, zone }: Known): number[] {
  const changes = events.flatMap(({ at }) => [at, ...SPANS.map((span) => after(at, span, zone))]);
  const around = changes.flatMap((at) => [at - 1, at, at + 1]);
  return [...new Set(around)].sort((one, other) => one - other);
}

const span = fc.constantFrom(...SPANS);
const maybeSpan = fc.oneof(fc.constant({}), fc.record({ within: span }));
const name = fc.constantFrom('A', 'B');
/** A tenth and seven tenths are less than eight where they are added up as binary fractions. */
const bound = fc.constantFrom(0, 0.8, 4.8);
const leaf: fc.Arbitrary<Plain> = fc.oneof(
  fc.record(
    {
      event: name,
      within: span,
      where: fc.record({ 'properties.n': fc.record({ gte: bound }) }),
      atLeast: fc.nat({ max: 3 }),
    },
    { requiredKeys: ['event'] },
  ),
  fc.record(
    { event: name, within: span, exactly: fc.nat({ max: 2 }) },
    { requiredKeys: ['event', 'exactly'] },
  ),
  fc
    .tuple(name, maybeSpan, bound, fc.constantFrom('gte' as const, 'lt' as const))
    .map(([event, windowed, limit, order]): Plain => {
      const compared = order === 'gte' ? { gte: limit } : { lt: limit };
      return { event, ...windowed, sum: 'properties.n', ...compared };
    }),
  fc
    .record({
      windowed: maybeSpan,
      soon: maybeSpan,
      without: fc.option(fc.constant({ event: 'C' }), { nil: undefined }),
      times: fc.constantFrom<Partial<Times>>({}, { atLeast: 2 }, { atMost: 1 }),
    })
    .map(({ windowed, soon, without, times }): Plain => {
      const followedBy = { event: 'B', ...soon, ...(without && { without }) };
      return { event: 'A', ...windowed, ...times, followedBy };
    }),
  fc.constantFrom('red', 'blue').map((is): Plain => ({ attribute: 'colour', is })),
);

/** Conditions of the language that a naive scan speaks. */
export const { condition: anyPlain } = fc.letrec<{ condition: Plain }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    { arbitrary: leaf, weight: 3 },
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    tie('condition').map((not) => ({ not })),
  ),
}));

const HOUR_MS = 3_600_000;
/** Often at the very same instant, or a span apart to the millisecond. */
const CLOSE = [0, 6, 24, 30];

/** Customers to whom something happened within some weeks of an instant (epoch ms). */
export function anyKnown(start: number): fc.Arbitrary<Known> {
  const happened = fc.record({
    name: fc.constantFrom('A', 'B', 'C'),
    at: fc.oneof(
      fc.nat({ max: 24 * 40 }).map((hours) => start + hours * HOUR_MS),
      { arbitrary: fc.constantFrom(...CLOSE).map((hours) => start + hours * HOUR_MS), weight: 3 },
    ),
    n: fc.constantFrom(0.1, 0.7, '0.70', '0.1', 4, 'many', null),
  });
  return fc.record({
    events: fc.array(happened, { maxLength: 8 }),
    colour: fc.constantFrom('red', 'blue', null),
    zone: fc.constantFrom('Europe/Kyiv', 'America/Los_Angeles', 'Asia/Tokyo'),
  });
}
