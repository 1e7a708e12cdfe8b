import type { StoredEvent } from '#domain/event/event.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import type { Call } from './merging-processes.ts';
import type { MergingWorld } from './merging-world.ts';

/**
 * The segments of merging-segments.ts that somebody is in at an instant (epoch ms), by nothing but
 * their events: said again in a few lines, and not by the code that evaluates conditions.
 */
export function membersByScan(world: MergingWorld, id: string, at: number): string[] {
  const events = world.events.filter(({ profileId }) => world.live(profileId) === id);
  const named = (name: string, days = Infinity): StoredEvent[] =>
    events.filter((one) => one.name === name && at < one.occurredAt + days * DAY_MS);
  const colours = events
    .filter(({ attributes }) => attributes?.colour !== undefined)
    .toSorted((one, other) => one.occurredAt - other.occurredAt);
  const spent = named('Order Completed', 90).map(({ properties }) => Number(properties.revenue));
  const holds = {
    s0: named('Order Completed').length >= 2,
    s1: colours.at(-1)?.attributes?.colour === 'red',
    s2: named('Order Completed').length >= 1,
    s4: named('Product Viewed', 30).length >= 2,
    s5: spent.reduce((sum, one) => sum + one, 0) >= 100,
  };
  return Object.entries(holds).flatMap(([key, isIn]) => (isIn ? [key] : []));
}

/** What was said about each channel. */
export function wordsOn(calls: readonly Call[]): Map<string, boolean[]> {
  const words = new Map<string, boolean[]>();
  for (const { said } of calls) {
    for (const [channel, { granted }] of Object.entries(said.consents ?? {})) {
      words.set(channel, [...(words.get(channel) ?? []), granted]);
    }
  }
  return words;
}

/** What of somebody's consents nobody said, or a later refusal forbids; empty: all is well. */
export function consentFaults(
  consents: Profile['consents'],
  events: readonly StoredEvent[],
): string[] {
  const said = events.flatMap(({ consents: words = {}, occurredAt: at }) =>
    Object.entries(words).map(([channel, { granted }]) => ({ channel, granted, at })),
  );
  const channels = new Set([...said.map(({ channel }) => channel), ...Object.keys(consents)]);
  return [...channels].flatMap((channel) => {
    const words = said.filter((word) => word.channel === channel);
    const latest = words.toSorted((one, other) => one.at - other.at).at(-1);
    const stands = consents[channel];
    const isSaid = words.some(({ granted, at }) => at === stands?.at && granted === stands.granted);
    if (!isSaid) return [`${channel}: nobody said what stands`];
    const isRefused = latest?.granted === false && stands?.granted !== false;
    return isRefused ? [`${channel}: granted after the latest word refused it`] : [];
  });
}
