import { matchOf, type EventAsk, type Match } from '#domain/condition/event-matches.ts';
import type { Facts } from '#domain/condition/facts.ts';

/** The matches of an ask, in any order: those kept for it, else those among the facts' events. */
export function matchesOf(ask: EventAsk, facts: Facts): readonly Match[] {
  const kept = facts.kept?.(ask);
  if (kept !== undefined) return kept.matches;
  return facts.events(ask.event).flatMap((event) => matchOf(ask, event, facts) ?? []);
}
