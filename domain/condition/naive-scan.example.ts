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
  /** An attribute that is a day of their calendar, an instant in ISO 8601, or neither. */
  day: string | null;
  /** IANA. */
  zone: string;
}

type Aggregate = 'sum' | 'min' | 'max' | 'avg';
type Aggregated = Partial<Record<Aggregate, 'properties.n'>>;
type Bounds = Partial<Record<'gt' | 'gte' | 'lt' | 'lte', number>>;
/** A moment is `now`, a duration from now, a day or an instant. */
interface TimeAsked {
  before?: string;
  after?: string;
  withinLast?: string;
}
/** The part of the language that speaks of time: as it is written, before it is parsed. */
interface EventAsked extends Bounds, Aggregated {
  event: string;
  within?: string;
  where?: { 'properties.n': { gte: number } };
  followedBy?: { event: string; within?: string; without?: { event: string } };
  atLeast?: number;
  atMost?: number;
  exactly?: number;
  first?: TimeAsked;
  last?: TimeAsked;
}
export type Plain =
  | EventAsked
  | { attribute: 'colour'; is: string }
  | ({ attribute: 'day' } & TimeAsked)
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
  if (!('attribute' in condition)) return holdsOfEvents(condition, known, at);
  if (condition.attribute === 'colour') return known.colour === condition.is;
  const { zone } = known;
  return isThen(condition, known.day === null ? null : momentOf(known.day, zone), { zone, at });
}

function holdsOfEvents(asked: EventAsked, known: Known, at: number): boolean {
  const { first, last } = asked;
  const counted = countedOf(asked, known, at);
  const instants = counted.map((one) => one.at);
  const when = { zone: known.zone, at };
  if (!isOftenEnough(asked, counted.length)) return false;
  if (first && !isThen(first, counted.length === 0 ? null : Math.min(...instants), when)) {
    return false;
  }
  if (last && !isThen(last, counted.length === 0 ? null : Math.max(...instants), when)) {
    return false;
  }
  return isWithinBounds(
    asked,
    counted.flatMap(({ n }) => hundredthsOf(n) ?? []),
  );
}

/** Once at least, where nothing else is asked for. */
function isOftenEnough(asked: EventAsked, times: number): boolean {
  const { atLeast, atMost, exactly } = asked;
  if (exactly !== undefined) return times === exactly;
  if (atMost !== undefined && times > atMost) return false;
  if (atLeast !== undefined) return times >= atLeast;
  const others = ['atMost', 'sum', 'min', 'max', 'avg', 'first', 'last'];
  return times >= 1 || others.some((name) => name in asked);
}

/** `numbers` in hundredths. An average is not divided: its bounds are multiplied. */
function isWithinBounds(asked: EventAsked, numbers: readonly number[]): boolean {
  const sum = numbers.reduce((total, one) => total + one, 0);
  if (asked.sum !== undefined) return isInOrder(asked, sum, 1);
  if (asked.min === undefined && asked.max === undefined && asked.avg === undefined) return true;
  if (numbers.length === 0) return false;
  if (asked.min !== undefined) return isInOrder(asked, Math.min(...numbers), 1);
  if (asked.max !== undefined) return isInOrder(asked, Math.max(...numbers), 1);
  return isInOrder(asked, sum, numbers.length);
}

function isInOrder({ gt, gte, lt, lte }: Bounds, hundredths: number, times: number): boolean {
  const scaled = (limit: number): number => Math.round(limit * 100) * times;
  if (gt !== undefined && hundredths <= scaled(gt)) return false;
  if (gte !== undefined && hundredths < scaled(gte)) return false;
  if (lt !== undefined && hundredths >= scaled(lt)) return false;
  return lte === undefined || hundredths <= scaled(lte);
}

/** Whether an instant is when it is asked to be; of none nothing holds. */
function isThen(
  { before, after: later, withinLast }: TimeAsked,
  instant: number | null,
  { zone, at }: { zone: string; at: number },
): boolean {
  if (instant === null) return false;
  if (before !== undefined && sideOf(before, instant, { zone, at }) >= 0) return false;
  if (later !== undefined && sideOf(later, instant, { zone, at }) <= 0) return false;
  return withinLast === undefined || (instant <= at && at < after(instant, withinLast, zone));
}

/**
 * Below 0 before a moment, above 0 after it. As with windows, what lies a month back is that of
 * which a month has passed: months are counted from the instant on, not from now.
 */
function sideOf(
  moment: string,
  instant: number,
  { zone, at }: { zone: string; at: number },
): number {
  if (moment === 'now') return instant - at;
  if (moment.startsWith('-P')) return after(instant, moment.slice(1), zone) - at;
  if (moment.startsWith('P')) return instant - after(at, moment, zone);
  return instant - (momentOf(moment, zone) ?? NaN);
}

/** A day begins at midnight where the customer lives. */
function momentOf(text: string, zone: string): number | null {
  if (text.endsWith('Z')) return Date.parse(text);
  if (!/^\d/.test(text)) return null;
  return Temporal.PlainDate.from(text).toZonedDateTime(zone).epochMilliseconds;
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
/** Ahead by a length that is the same in every month. */
const AHEAD_MS = 24 * 3_600_000;

/** Every instant at which an answer could change by time alone, with the instants on either side. */
export function instantsAround({ events, day, zone }: Known): number[] {
  const dated = day === null ? null : momentOf(day, zone);
  const ownDay = dated === null ? [] : [dated - AHEAD_MS, dated];
  const changes = [...events.map(({ at }) => at), ...ownDay].flatMap((at) => [
    at,
    ...SPANS.map((span) => after(at, span, zone)),
  ]);
  const around = changes.flatMap((at) => [at - 1, at, at + 1]);
  return [...new Set(around)].sort((one, other) => one - other);
}

const span = fc.constantFrom(...SPANS);
const maybeSpan = fc.oneof(fc.constant({}), fc.record({ within: span }));
const maybeTwice = fc.constantFrom<{ atLeast?: number }>({}, { atLeast: 2 });
const name = fc.constantFrom('A', 'B');
/**
 * A tenth and seven tenths are less than eight where they are added up as binary fractions, and less
 * than four on average.
 */
const bound = fc.constantFrom(0, 0.1, 0.4, 0.7, 0.8, 4, 4.8);
const NUMBER = 'properties.n';
const aggregate = fc.constantFrom<Aggregated>(
  { sum: NUMBER },
  { min: NUMBER },
  { max: NUMBER },
  { avg: NUMBER },
);
const bounds: fc.Arbitrary<Bounds> = fc.oneof(
  fc.record({ gt: bound }),
  fc.record({ gte: bound }),
  fc.record({ lt: bound }),
  fc.record({ lte: bound }),
);
const MOMENTS = ['now', 'P1D', '2026-03-02', '2026-03-29', '2026-03-02T12:00:00Z'];
const moment = fc.constantFrom(...MOMENTS, ...SPANS.map((back) => `-${back}`));
const time: fc.Arbitrary<TimeAsked> = fc.oneof(
  fc.record({ before: moment }),
  fc.record({ after: moment }),
  fc.record({ withinLast: span }),
  fc.record({ after: moment, before: moment }),
);
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
    .tuple(name, maybeSpan, maybeTwice, aggregate, bounds)
    .map(([event, windowed, often, aggregated, compared]): Plain => {
      return { event, ...windowed, ...often, ...aggregated, ...compared };
    }),
  fc
    .tuple(name, maybeSpan, fc.oneof(fc.record({ first: time }), fc.record({ last: time })))
    .map(([event, windowed, dated]): Plain => ({ event, ...windowed, ...dated })),
  time.map((asked): Plain => ({ attribute: 'day', ...asked })),
  fc
    .record({
      windowed: maybeSpan,
      soon: maybeSpan,
      without: fc.option(fc.constant({ event: 'C' }), { nil: undefined }),
      times: fc.constantFrom<{ atLeast?: number; atMost?: number }>(
        {},
        { atLeast: 2 },
        { atMost: 1 },
      ),
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
    day: fc.constantFrom('2026-03-02', '2026-03-29', '2026-03-02T18:00:00Z', 'soon', null),
    zone: fc.constantFrom('Europe/Kyiv', 'America/Los_Angeles', 'Asia/Tokyo'),
  });
}
