import { calendarPeriod } from '#domain/message/gate/calendar-period.ts';
import type { GateRules, Wishes } from '#domain/message/gate/gate-rules.ts';
import type { Cap } from '#domain/message/gate/gate-settings.ts';
import { quietUntil } from '#domain/message/gate/quiet-hours.ts';
import {
  AWAITED_MS,
  type SlotAwaited,
  type Slots,
  type SlotTaken,
} from '#domain/message/gate/slots.ts';
import { isSiteChannel, type Channel } from '#domain/message/message.ts';
import type { JsonObject } from '#domain/json.ts';
import { DAY_MS } from '#domain/time/duration.ts';

/** A message says something of its moment: held longer than this, it is not sent at all. */
export const HOLD_MAX_MS = 3 * DAY_MS;

/** Quiet hours and distances push a message on in turn; more rounds than these never settle. */
const ROUNDS_MAX = 20;

/** What time and the person's other messages say of this one. */
export interface TimingFacts {
  messageId: string;
  channel: Channel;
  journey: string;
  /** Epoch ms. */
  at: number;
  /** The person's IANA zone. */
  zone: string;
  rules: GateRules;
  wishes: Wishes;
  slots: Slots;
  /** Epoch ms when it was first held; null: it was not. */
  heldSince: number | null;
}

type TimingReason = 'quietHours' | 'minDistance' | 'priority' | 'cap' | 'preference';

type TimingAnswer =
  | { go: true }
  | { hold: { until: number; reason: TimingReason; details: JsonObject } }
  | { skip: { reason: TimingReason; details: JsonObject } };

/**
 * Whether a marketing message may go out now, by the clock and by what else the person gets: the
 * earliest instant is found that is not quiet and far enough from the message before, and caps are
 * counted as of that instant.
 */
export function mayGo(facts: TimingFacts): TimingAnswer {
  const found = earliest(facts);
  if ('skip' in found) return found;
  const { at: goesAt, reason, details } = found;
  const full = fullCap(facts, goesAt);
  if (full !== null) return { skip: full };
  if (reason !== null) return hold(facts, { until: goesAt, reason, details });
  const first = moreUrgent(facts);
  if (first === null) return { go: true };
  const until = first.until + AWAITED_MS;
  return hold(facts, { until, reason: 'priority', details: { priority: first.priority } });
}

/**
 * Whether any rule asks what else this person gets: without one, nobody need count. On the shop's
 * own pages only caps that name the channel do.
 */
export function asksSlots({
  rules,
  wishes,
  channel,
}: Pick<TimingFacts, 'rules' | 'wishes' | 'channel'>): boolean {
  const { caps, journeyCaps, minDistanceMs } = rules;
  if (isSiteChannel(channel)) return [...caps, ...journeyCaps].some((cap) => isMeant(cap, channel));
  const hasCaps = caps.length > 0 || journeyCaps.length > 0 || wishes.maxPerWeek !== null;
  return hasCaps || minDistanceMs > 0;
}

/** What is shown on the shop's own pages interrupts nobody: `any` speaks of the other channels. */
function isMeant({ channel: capped }: Pick<Cap, 'channel'>, channel: Channel): boolean {
  return capped === channel || (capped === 'any' && !isSiteChannel(channel));
}

function hold(
  { at, heldSince }: TimingFacts,
  held: { until: number; reason: TimingReason; details: JsonObject },
): TimingAnswer {
  const isTooLong = held.until - (heldSince ?? at) > HOLD_MAX_MS;
  if (!isTooLong) return { hold: held };
  return { skip: { reason: held.reason, details: { ...held.details, heldTooLong: true } } };
}

interface Earliest {
  at: number;
  /** What it waits for last; null: nothing, it may go now. */
  reason: 'quietHours' | 'minDistance' | null;
  details: JsonObject;
}

function earliest(facts: TimingFacts): Earliest | Extract<TimingAnswer, { skip: unknown }> {
  let found: Earliest = { at: facts.at, reason: null, details: {} };
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const next = pushedOn(facts, found.at);
    if (next === null || 'skip' in next) return next ?? found;
    found = next;
  }
  return found;
}

/** The instant until which the first rule that speaks holds it back at `at`; null: none does. */
function pushedOn(
  { rules, channel, zone, slots, messageId }: TimingFacts,
  at: number,
): Earliest | Extract<TimingAnswer, { skip: unknown }> | null {
  const quiet = rules.quietHours;
  // Nobody is woken by what waits where they come by themselves: such channels have to be named.
  const isQuiet = quiet !== null && (quiet.channels?.includes(channel) ?? !isSiteChannel(channel));
  const until = isQuiet ? quietUntil(quiet, zone, at) : null;
  if (quiet !== null && until !== null) {
    const details = { from: quiet.from, to: quiet.to };
    if (quiet.action === 'skip') return { skip: { reason: 'quietHours', details } };
    return { at: until, reason: 'quietHours', details };
  }
  if (rules.minDistanceMs === 0 || isSiteChannel(channel)) return null;
  const others = slots.taken.filter(
    (taken) => taken.id !== messageId && !isSiteChannel(taken.channel),
  );
  const last = Math.max(-Infinity, ...others.map((taken) => taken.at));
  const free = last + rules.minDistanceMs;
  if (free <= at) return null;
  return { at: free, reason: 'minDistance', details: { minDistanceMs: rules.minDistanceMs } };
}

type Full = Extract<TimingAnswer, { skip: unknown }>['skip'];

/** The first cap that has no slot left in the period around `at`; null: none. */
function fullCap(facts: TimingFacts, at: number): Full | null {
  for (const inForce of capsOf(facts)) {
    const { cap, reason, details } = inForce;
    const { from, until } = calendarPeriod(cap.per, facts.zone, at);
    if (countTaken(facts, inForce, from) < cap.max) continue;
    return { reason, details: { ...cap, ...details, freeAt: new Date(until).toISOString() } };
  }
  return null;
}

interface CapInForce {
  cap: Cap;
  reason: 'cap' | 'preference';
  /** Whether only messages of its own journey count. */
  own: boolean;
  details: JsonObject;
}

function capsOf({ rules, wishes, channel, journey }: TimingFacts): CapInForce[] {
  const { maxPerWeek } = wishes;
  return [
    ...(maxPerWeek === null || isSiteChannel(channel) ? [] : [wishedCap(maxPerWeek)]),
    ...rules.caps
      .filter((cap) => isMeant(cap, channel))
      .map((cap): CapInForce => ({ cap, reason: 'cap', own: false, details: {} })),
    ...rules.journeyCaps
      .filter((cap) => isMeant(cap, channel))
      .map((cap): CapInForce => ({ cap, reason: 'cap', own: true, details: { journey } })),
  ];
}

function wishedCap(max: number): CapInForce {
  const cap: Cap = { channel: 'any', max, per: 'week' };
  return { cap, reason: 'preference', own: false, details: { wish: 'maxPerWeek' } };
}

type Counted = Pick<CapInForce, 'cap' | 'own'>;

function countTaken(facts: TimingFacts, counted: Counted, from: number): number {
  return facts.slots.taken.filter((taken) => taken.at >= from && counts(facts, counted, taken))
    .length;
}

/** Whether a cap counts another message of the person. */
function counts(
  { messageId, journey }: TimingFacts,
  { cap, own }: Counted,
  other: Omit<SlotTaken, 'at'>,
): boolean {
  if (other.id === messageId) return false;
  return isMeant(cap, other.channel) && (!own || journey === other.journey);
}

/**
 * A held message of higher priority that needs the slot this one would take: the last of a cap, or
 * the next for some time. Null: none.
 */
function moreUrgent(facts: TimingFacts): SlotAwaited | null {
  const { at, rules, slots, messageId } = facts;
  const urgent = slots.awaited.filter(
    ({ id, priority, until }) =>
      id !== messageId && priority > rules.priority && until + AWAITED_MS > at,
  );
  if (urgent.length === 0) return null;
  const isApart = (one: SlotAwaited): boolean =>
    isSiteChannel(facts.channel) || isSiteChannel(one.channel);
  const contested = urgent.filter(
    (one) =>
      (one.until - at < rules.minDistanceMs && !isApart(one)) || isScarce(facts, one, urgent),
  );
  return contested.reduce<SlotAwaited | null>(
    (last, one) => (last === null || one.until > last.until ? one : last),
    null,
  );
}

/** Whether one that is waited for would, with the others, fill a cap of the period it comes in. */
function isScarce(facts: TimingFacts, one: SlotAwaited, all: readonly SlotAwaited[]): boolean {
  return capsOf(facts).some((inForce) => {
    const { from, until } = calendarPeriod(inForce.cap.per, facts.zone, facts.at);
    const isWanted = (other: SlotAwaited): boolean =>
      other.until < until && counts(facts, inForce, other);
    if (!isWanted(one)) return false;
    return countTaken(facts, inForce, from) + all.filter(isWanted).length >= inForce.cap.max;
  });
}
