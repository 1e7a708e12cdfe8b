import type { DomainRate } from '#domain/message/pace/sending-settings.ts';
import {
  freeAt,
  giveBackIn,
  HOUR,
  liveCells,
  MINUTE,
  takeIn,
  takenIn,
  type Cells,
  type Span,
} from '#domain/message/pace/window.ts';
import { MINUTE_MS } from '#domain/time/duration.ts';

/** Who goes first where there is not room for all: what somebody is owed, what they brought about, what all get. */
export const URGENCIES = ['transactional', 'triggered', 'bulk'] as const;
export type Urgency = (typeof URGENCIES)[number];

/**
 * How much of a rate each may use up. What the less urgent leave is there when something more urgent
 * comes, and while that takes it they get nothing.
 */
const SHARES: Readonly<Record<Urgency, number>> = {
  transactional: 1,
  triggered: 0.9,
  bulk: 0.8,
};

/**
 * Those who wait are told instants no further apart than this, in ms: what they wait behind may
 * never come (a campaign was stopped), and they look again soon enough.
 */
const TOLD_WITHIN_MS = 30 * MINUTE_MS;

/** What was taken of one line's rates, and until when those who wait were told to. */
export interface LineUse {
  minute: Cells;
  hour: Cells;
  /** Epoch ms of the last instant somebody was told, by urgency. */
  told: Readonly<Partial<Record<Urgency, number>>>;
  /** For people to read: how many went on the calendar day of the last one. */
  day: { date: string; sent: number };
}

export const LINE_UNUSED: LineUse = { minute: [], hour: [], told: {}, day: { date: '', sent: 0 } };

interface Bound {
  span: Span;
  cells: Cells;
  limit: number;
}

/** The share of a rate, and one at least: whoever has the whole rate to themselves gets through. */
function shareOf(limit: number, urgency: Urgency): number {
  return Math.max(1, Math.floor(limit * SHARES[urgency]));
}

function boundsOf({ perMinute, perHour }: DomainRate, use: LineUse, urgency: Urgency): Bound[] {
  return [
    ...(perMinute === undefined
      ? []
      : [{ span: MINUTE, cells: use.minute, limit: shareOf(perMinute, urgency) }]),
    ...(perHour === undefined
      ? []
      : [{ span: HOUR, cells: use.hour, limit: shareOf(perHour, urgency) }]),
  ];
}

/** Clocks differ between workers: time does not go back for what was counted. */
export function lineTime({ minute, hour }: LineUse, now: number): number {
  return Math.max(now, minute.at(-1)?.[0] ?? 0, hour.at(-1)?.[0] ?? 0);
}

/** Whether there is room for one more at an instant of `lineTime`. */
export function hasRoom(rate: DomainRate, use: LineUse, urgency: Urgency, at: number): boolean {
  return boundsOf(rate, use, urgency).every(
    ({ span, cells, limit }) => takenIn(span, cells, at) < limit,
  );
}

/** One more goes, on this calendar day. What no rate asks for is not counted, and not forgotten. */
export function takeLine(
  { perMinute, perHour }: DomainRate,
  { minute, hour, told, day }: LineUse,
  { at, date }: { at: number; date: string },
): LineUse {
  return {
    minute: (perMinute === undefined ? liveCells : takeIn)(MINUTE, minute, at),
    hour: (perHour === undefined ? liveCells : takeIn)(HOUR, hour, at),
    told,
    day: { date, sent: day.date === date ? day.sent + 1 : 1 },
  };
}

/** Whether what was counted of a line still says anything at an instant (epoch ms) of a calendar day. */
export function isLineAlive({ minute, hour, day }: LineUse, date: string, at: number): boolean {
  const isCounted = liveCells(MINUTE, minute, at).length + liveCells(HOUR, hour, at).length > 0;
  return isCounted || day.date === date;
}

/** One that was to go at `at` did not. */
export function giveLineBack(use: LineUse, at: number): LineUse {
  return {
    ...use,
    minute: giveBackIn(MINUTE, use.minute, at),
    hour: giveBackIn(HOUR, use.hour, at),
    day: { ...use.day, sent: Math.max(0, use.day.sent - 1) },
  };
}

/**
 * When one for whom there is no room should ask again (epoch ms): each a little after the one before,
 * as fast as the rate lets them go, so that they do not come all at once.
 */
export function tellLine(
  rate: DomainRate,
  use: LineUse,
  urgency: Urgency,
  at: number,
): { until: number; use: LineUse } {
  const bounds = boundsOf(rate, use, urgency);
  const free = Math.max(...bounds.map(({ span, cells, limit }) => freeAt(span, cells, limit, at)));
  const gap = Math.max(...bounds.map(({ span: { ms, cellMs }, limit }) => (ms + cellMs) / limit));
  const next = Math.max(free, (use.told[urgency] ?? 0) + gap);
  const until = next > free + TOLD_WITHIN_MS ? free : next;
  return { until: Math.ceil(until), use: { ...use, told: { ...use.told, [urgency]: until } } };
}
