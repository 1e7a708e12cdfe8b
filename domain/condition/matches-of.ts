import { matchOf, type EventAsk, type Match } from '#domain/condition/event-matches.ts';
import type { Facts } from '#domain/condition/facts.ts';

/** The matches of an ask, in any order: those kept for it, else those among the facts' events. */
export function matchesOf(ask: EventAsk, facts: Facts): readonly Match[] {
  const single = facts.kept?.(ask)?.single;
  if (single != null) {
    const { at, values } = single;
    return at.map((occurredAt, index) => ({ occurredAt, value: values?.[index] ?? null }));
  }
  return facts.events(ask.event).flatMap((event) => matchOf(ask, event, facts) ?? []);
}

/** The instants of the matches of an ask (epoch ms), the newest last. */
export function instantsOf(ask: EventAsk, facts: Facts): readonly number[] {
  const single = facts.kept?.(ask)?.single;
  if (single != null) return single.at;
  const matches = facts.events(ask.event).flatMap((event) => matchOf(ask, event, facts) ?? []);
  return matches.map(({ occurredAt }) => occurredAt).sort((a, b) => a - b);
}
