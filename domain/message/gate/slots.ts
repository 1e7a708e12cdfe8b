import { CAP_MAX } from '#domain/message/gate/gate-settings.ts';
import type { Channel } from '#domain/message/message.ts';
import { DAY_MS } from '#domain/time/duration.ts';

/** What a cap counts a message by. */
interface Counted {
  /** The message's id. */
  id: string;
  channel: Channel;
  journey: string;
}

/** A marketing message that went out, or may have; `at` in epoch ms. */
export interface SlotTaken extends Counted {
  at: number;
}

/** A message that is held and comes again; `until` in epoch ms. */
export interface SlotAwaited extends Counted {
  until: number;
  priority: number;
}

/** What one customer's caps are counted by. */
export interface Slots {
  taken: SlotTaken[];
  awaited: SlotAwaited[];
}

export const NO_SLOTS: Slots = { taken: [], awaited: [] };

/** Longer than any month, in any zone. */
export const SLOTS_KEPT_MS = 33 * DAY_MS;

/**
 * How long a held message is waited for by those that come after it, in ms, from the instant at
 * which it may go out: a busy worker takes seconds, and one that was killed is replaced by then.
 */
export const AWAITED_MS = 30_000;

/** Held messages of one customer that are remembered: the next to come. */
const AWAITED_MAX = 100;

/** The message took a slot at `sent.at`: once, however often it is said. */
export function takeSlot(slots: Slots, sent: SlotTaken): Slots {
  const others = slots.taken.filter(({ id }) => id !== sent.id);
  return {
    taken: newestOfEach([...others, sent], sent.at - SLOTS_KEPT_MS),
    awaited: awaitedAt(slots, sent.id, sent.at),
  };
}

/** The message is held at `at` (epoch ms), and comes again. */
export function awaitSlot(slots: Slots, held: SlotAwaited, at: number): Slots {
  const awaited = [...awaitedAt(slots, held.id, at), held].sort((a, b) => a.until - b.until);
  return { taken: slots.taken, awaited: awaited.slice(0, AWAITED_MAX) };
}

function awaitedAt({ awaited }: Slots, but: string, at: number): SlotAwaited[] {
  return awaited.filter(({ id, until }) => id !== but && until + AWAITED_MS > at);
}

/** Of each channel as many as a cap can ask for: what is forgotten changes no answer. */
function newestOfEach(taken: readonly SlotTaken[], from: number): SlotTaken[] {
  const counts = new Map<Channel, number>();
  const inOrder = [...taken].sort((a, b) => a.at - b.at);
  const kept: SlotTaken[] = [];
  for (const one of inOrder.reverse()) {
    const count = (counts.get(one.channel) ?? 0) + 1;
    counts.set(one.channel, count);
    if (one.at > from && count <= CAP_MAX) kept.push(one);
  }
  return kept.reverse();
}

/** Those of two profiles of one person: what either got counts. */
export function joinSlots(keep: Slots, other: Slots): Slots {
  const newest = Math.max(0, ...[...keep.taken, ...other.taken].map(({ at }) => at));
  const awaited = [...keep.awaited, ...other.awaited].sort((a, b) => a.until - b.until);
  return {
    taken: newestOfEach([...keep.taken, ...other.taken], newest - SLOTS_KEPT_MS),
    awaited: awaited.slice(0, AWAITED_MAX),
  };
}

/** Of two who are not one person after all: these messages' slots go, the others stay. */
export function partSlots(
  { taken, awaited }: Slots,
  going: ReadonlySet<string>,
): { stay: Slots; go: Slots } {
  const goes = ({ id }: Counted): boolean => going.has(id);
  const stays = (one: Counted): boolean => !goes(one);
  return {
    stay: { taken: taken.filter(stays), awaited: awaited.filter(stays) },
    go: { taken: taken.filter(goes), awaited: awaited.filter(goes) },
  };
}

/** Slots of messages that came to nothing count for nobody, and nobody waits for such a message. */
export function withoutLapsed({ taken, awaited }: Slots, lapsed: ReadonlySet<string>): Slots {
  const stands = ({ id }: Counted): boolean => !lapsed.has(id);
  return { taken: taken.filter(stands), awaited: awaited.filter(stands) };
}
