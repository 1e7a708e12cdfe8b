import { joinSources } from '#domain/profile/attribute-sources.ts';
import { withLanguageAndZone } from '#domain/profile/attributes.ts';
import { joinCarts } from '#domain/profile/cart.ts';
import { joinConsents } from '#domain/profile/consents.ts';
import { joinDeadAddresses } from '#domain/profile/dead-addresses.ts';
import { uniteInterests } from '#domain/profile/interests.ts';
import { least, most } from '#domain/extremes.ts';
import { isSubscription } from '#domain/message/push-subscription.ts';
import { addTotals, totalsOf } from '#domain/profile/order-totals.ts';
import type { JsonObject } from '#domain/json.ts';
import { joinPreferences } from '#domain/profile/preferences.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';
import { joinDevices, joinEventTimes, joinInterests } from '#domain/profile/seen.ts';
import { joinSpokenFor } from '#domain/profile/spoken-for.ts';

/** What is known of the orders of both, when the caller gathered them. */
export interface MergedOrders {
  /** All orders of both profiles, each once: what `joinOrders` gives. */
  orders: readonly Order[];
  /** ISO 4217. */
  shopCurrency: string;
}

/**
 * Two profiles of one person as one, under the id, revision and partition of `keep`. The later
 * word wins attribute by attribute (a removal is a word, too); of consents that differ the refusal
 * stands, of preferences the later word, name by name; devices, carts, event times and interests are joined; watches are dropped, for the
 * caller computes them anew.
 *
 * Totals of orders are computed from `merged.orders`, so that an order known to both counts once.
 * Without `merged` they are added up, which is right only if no order is known to both. Either
 * way the caller moves the orders themselves (`joinOrders`).
 */
export function mergeProfiles(keep: Profile, other: Profile, merged?: MergedOrders): Profile {
  const seenLater = (other.traits.last_seen_at ?? 0) > (keep.traits.last_seen_at ?? 0);
  const [newer, older] = seenLater ? [other, keep] : [keep, other];
  const totals =
    merged === undefined
      ? addTotals(keep.traits, other.traits)
      : totalsOf(merged.orders, merged.shopCurrency);
  const carts = joinCarts(keep, other);
  const joined: Profile = {
    ...keep,
    ...joinAttributes(keep, other),
    ...carts,
    ...uniteInterests(keep, other, carts.cart),
    consents: joinConsents(keep.consents, other.consents),
    ...joinPreferences(keep.preferences, other.preferences),
    devices: joinDevices(keep.devices, other.devices),
    ...joinDeadAddresses(keep, other),
    ...joinSpokenFor(keep, other),
    browserLanguage: newer.browserLanguage ?? older.browserLanguage,
    zone: newer.zone ?? older.zone,
    traits: {
      ...older.traits,
      ...newer.traits,
      ...totals,
      ...joinInterests(newer, older),
      first_seen_at: least(keep.traits.first_seen_at, other.traits.first_seen_at),
      last_seen_at: most(keep.traits.last_seen_at, other.traits.last_seen_at),
    },
    lastEventAt: joinEventTimes(keep.lastEventAt, other.lastEventAt),
    watches: {},
    nextWatchAt: null,
    createdAt: Math.min(keep.createdAt, other.createdAt),
    updatedAt: Math.max(keep.updatedAt, other.updatedAt),
  };
  return withLanguageAndZone(joined, joined);
}

/**
 * What `other` may bring into `keep` when only a public key says that they are one person: no
 * consent but a refusal, no e-mail or phone in the place of one that is there, and no browser that
 * the customer's messages would be shown in.
 */
export function withoutClaims(other: Profile, keep: Profile): Profile {
  const refusals = Object.entries(other.consents).filter(([, { granted }]) => !granted);
  const attributes = { ...other.attributes };
  const attributeTimes = { ...other.attributeTimes };
  for (const name of ['email', 'phone']) {
    if (keep.attributes[name] === undefined) continue;
    Reflect.deleteProperty(attributes, name);
    Reflect.deleteProperty(attributeTimes, name);
  }
  const consents = Object.fromEntries(refusals);
  const devices = other.devices.filter(({ token }) => !isSubscription(token));
  return { ...other, attributes, attributeTimes, consents, devices };
}

function joinAttributes(
  keep: Profile,
  other: Profile,
): Pick<Profile, 'attributes' | 'attributeTimes' | 'attributeSources'> {
  const attributes: JsonObject = { ...keep.attributes };
  const attributeTimes = { ...keep.attributeTimes };
  const taken: string[] = [];
  for (const [name, at] of Object.entries(other.attributeTimes)) {
    const known = Object.hasOwn(attributeTimes, name) ? attributeTimes[name] : undefined;
    if (known !== undefined && known >= at) continue;
    taken.push(name);
    attributeTimes[name] = at;
    const value = Object.hasOwn(other.attributes, name) ? other.attributes[name] : undefined;
    if (value === undefined) Reflect.deleteProperty(attributes, name);
    else attributes[name] = value;
  }
  return { attributes, attributeTimes, ...joinSources(keep, other, taken) };
}
