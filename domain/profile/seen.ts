import { PROFILES_MERGED } from '#domain/merge/merge-events.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { productIdOf } from '#domain/profile/cart.ts';
import { least, most } from '#domain/extremes.ts';
import type { Json } from '#domain/json.ts';
import { deviceKey } from '#domain/message/push-subscription.ts';
import type { Profile } from '#domain/profile/profile.ts';

/** Push addresses kept of one customer: more than anybody carries. */
export const DEVICES_MAX = 10;
/** Event names remembered of one customer; the longest unseen is forgotten first. */
export const EVENT_NAMES_MAX = 200;
/** Products lately looked at; a message shows a handful. */
export const LAST_VIEWED_MAX = 20;
/** Products on the wish list, the newest. */
export const WISHLIST_MAX = 100;

/** The latest instant by event name. */
export function rememberEvent(profile: Profile, name: string, at: number): Profile {
  const known = lastEventAt(profile, name);
  if (name === '__proto__' || (known !== null && known >= at)) return profile;
  const times = { ...profile.lastEventAt, [name]: at };
  return { ...profile, lastEventAt: known === null ? withoutOldest(times) : times };
}

export function lastEventAt(profile: Profile, name: string): number | null {
  return Object.hasOwn(profile.lastEventAt, name) ? (profile.lastEventAt[name] ?? null) : null;
}

/** Of two profiles of one person: the later instant of each name. */
export function joinEventTimes(
  one: Profile['lastEventAt'],
  two: Profile['lastEventAt'],
): Profile['lastEventAt'] {
  const joined = { ...one };
  for (const [name, at] of Object.entries(two)) {
    const known = Object.hasOwn(joined, name) ? joined[name] : undefined;
    joined[name] = Math.max(known ?? at, at);
  }
  return withoutOldest(joined);
}

function withoutOldest(times: Record<string, number>): Record<string, number> {
  const entries = Object.entries(times);
  if (entries.length <= EVENT_NAMES_MAX) return times;
  return Object.fromEntries(entries.sort((a, b) => b[1] - a[1]).slice(0, EVENT_NAMES_MAX));
}

/**
 * What a provider tells (delivered, bounced) is no sign of life, nor what Kairos tells itself, nor
 * that somebody in the shop tidied up profiles, nor that a file said who somebody is.
 */
export function isSignOfLife({ source, name, kind, context, consents }: StoredEvent): boolean {
  if (source === 'provider' || source === 'kairos' || name === PROFILES_MERGED) return false;
  const isOfFile = context?.import !== undefined;
  return !isOfFile || (kind !== 'identify' && consents === undefined);
}

/** When the customer was first and last seen, and which products they looked at and wish for. */
export function applyToTraits(profile: Profile, event: StoredEvent): Profile {
  if (!isSignOfLife(event)) return profile;
  const at = event.occurredAt;
  const { traits } = profile;
  const first = least(traits.first_seen_at, at);
  const last = most(traits.last_seen_at, at);
  const interests = interestsAfter(profile, event);
  if (first === traits.first_seen_at && last === traits.last_seen_at && interests === null) {
    return profile;
  }
  return {
    ...profile,
    traits: { ...traits, first_seen_at: first, last_seen_at: last, ...interests },
  };
}

/** Must run before `rememberEvent`, which tells whether the event is late. */
function interestsAfter(profile: Profile, event: StoredEvent): Record<string, Json> | null {
  const { name, occurredAt, properties } = event;
  const viewed = name === 'Product Viewed';
  const wished = name === 'Product Added to Wishlist';
  if (!viewed && !wished && name !== 'Product Removed from Wishlist') return null;
  const product = productIdOf(properties);
  if (product === null) return null;
  if (!viewed) {
    const list = listOf(profile.traits.wishlist).filter((id) => id !== product);
    return { wishlist: wished ? [product, ...list].slice(0, WISHLIST_MAX) : list };
  }
  const list = listOf(profile.traits.last_viewed);
  // A late view goes to the end, if it is not there already.
  const late = occurredAt < (lastEventAt(profile, name) ?? occurredAt);
  const views = countOf(profile.traits.product_views) + 1;
  return { product_views: views, last_viewed: joinLists(...pair(list, product, late)) };
}

function pair(list: string[], product: string, late: boolean): [string[], string[]] {
  return late ? [list, [product]] : [[product], list];
}

function joinLists(first: readonly string[], second: readonly string[]): string[] {
  return [...new Set([...first, ...second])].slice(0, LAST_VIEWED_MAX);
}

function listOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function countOf(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}

/** Interests of two profiles of one person; `newer` is the one seen last. */
export function joinInterests(newer: Profile, older: Profile): Record<string, Json> {
  const joined: Record<string, Json> = {};
  const one = newer.traits;
  const two = older.traits;
  if (one.last_viewed !== undefined || two.last_viewed !== undefined) {
    joined.last_viewed = joinLists(listOf(one.last_viewed), listOf(two.last_viewed));
    joined.product_views = countOf(one.product_views) + countOf(two.product_views);
  }
  if (one.wishlist !== undefined || two.wishlist !== undefined) {
    const wishes = new Set([...listOf(one.wishlist), ...listOf(two.wishlist)]);
    joined.wishlist = [...wishes].slice(0, WISHLIST_MAX);
  }
  return joined;
}

type Devices = Profile['devices'];

/** A device that is gone leaves, unless it was seen again since. */
export function forgetDevice(profile: Profile, token: string, at: number): Profile {
  const key = deviceKey(token);
  const left = profile.devices.filter((one) => deviceKey(one.token) !== key || one.at > at);
  return left.length === profile.devices.length ? profile : { ...profile, devices: left };
}

/** A push address seen at `at` (epoch ms): newest first, each once. */
export function rememberDevice(profile: Profile, token: string, at: number): Profile {
  const known = profile.devices.find((device) => device.token === token);
  if (known !== undefined && known.at >= at) return profile;
  return { ...profile, devices: joinDevices(profile.devices, [{ token, at }]) };
}

export function joinDevices(one: Devices, two: Devices): Devices {
  const latest = new Map<string, Devices[number]>();
  for (const { token, at } of [...one, ...two]) {
    const key = deviceKey(token);
    const known = latest.get(key);
    if (known === undefined || known.at < at) latest.set(key, { token, at });
  }
  return [...latest.values()].sort((a, b) => b.at - a.at).slice(0, DEVICES_MAX);
}
