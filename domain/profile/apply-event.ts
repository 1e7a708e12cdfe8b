import type { StoredEvent } from '#domain/event/event.ts';
import { sourceOf } from '#domain/profile/attribute-sources.ts';
import { setAttributes, setContext } from '#domain/profile/attributes.ts';
import { applyToCart } from '#domain/profile/cart.ts';
import { applyConsents } from '#domain/profile/consents.ts';
import { noteDeadAddress } from '#domain/profile/dead-addresses.ts';
import { changeTotals } from '#domain/profile/order-totals.ts';
import { applyToInterests } from '#domain/profile/interests.ts';
import { applyToOrder } from '#domain/profile/orders.ts';
import { applyPreferences } from '#domain/profile/preferences.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';
import { noteSpokenFor } from '#domain/profile/spoken-for.ts';
import {
  applyToTraits,
  forgetDevice,
  isSignOfLife,
  rememberDevice,
  rememberEvent,
} from '#domain/profile/seen.ts';

export interface ShopSettings {
  /** ISO 4217. */
  shopCurrency: string;
}

/**
 * Folds one event into its customer's profile. `order` is the stored order of `orderIdOf(event)`,
 * or null; what comes back is to be stored (the very same object where it did not change). Nothing
 * given is changed; parts that stay are shared. Events may come late and in any order. The caller
 * guards `revision`, and that an event is not folded twice.
 */
export function applyEvent(
  profile: Profile,
  event: StoredEvent,
  order: Order | null,
  settings: ShopSettings,
): { profile: Profile; order: Order | null } {
  const at = event.occurredAt;
  const { shopCurrency } = settings;
  let next = profile;
  if (event.attributes !== undefined) {
    next = setAttributes(next, event.attributes, { at, source: sourceOf(event) });
  }
  if (event.context !== undefined && isSignOfLife(event)) {
    next = setContext(next, event.context, at >= (profile.traits.last_seen_at ?? at));
  }
  if (event.deviceToken !== undefined) next = rememberDevice(next, event.deviceToken, at);
  if (event.deviceGone !== undefined) next = forgetDevice(next, event.deviceGone, at);
  next = noteDeadAddress(applyConsents(next, event), event);
  next = noteSpokenFor(applyPreferences(next, event), event);
  const orderAfter = applyToOrder(order, event, { profileId: profile._id, shopCurrency });
  if (orderAfter !== null && orderAfter !== order) {
    const traits = changeTotals(next.traits, order, orderAfter, shopCurrency);
    if (traits !== next.traits) next = { ...next, traits };
  }
  next = applyToInterests(applyToCart(next, event, shopCurrency), event, profile.cart);
  next = applyToTraits(next, event);
  next = rememberEvent(next, event.name, at);
  if (event.receivedAt > next.updatedAt) next = { ...next, updatedAt: event.receivedAt };
  return { profile: next, order: orderAfter };
}
