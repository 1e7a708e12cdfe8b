import type { StoredEvent } from '#domain/event/event.ts';
import type { JsonObject } from '#domain/json.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import { toMajorUnits } from '#domain/profile/money.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { shortHash } from '#domain/short-hash.ts';
import type { Terms } from './terms.ts';
import type { Product } from './product.ts';
import { tellingsOf } from './tellings.ts';
import { reasonsToTell } from './who-is-told.ts';

/** A change of a product as it is told. */
export interface ToldChange {
  /** The product's revision with this change. */
  revision: number;
  /** Epoch ms since when it is as it is now. */
  changedAt: number;
  before: Terms;
  after: Terms;
  /** As it stands now: its name, its pictures, how many are left. */
  product: Product;
}

/**
 * The events by which one person is told of a change, and the profile that remembers it; null where
 * there is nothing to tell them, or they were told before. The same change told again gives the same
 * events, by their ids.
 */
export function tellInterested(
  profile: Profile,
  change: ToldChange,
  now: number,
): { profile: Profile; events: StoredEvent[] } | null {
  const { product, revision, before, after, changedAt } = change;
  const interest = profile.interests?.find((one) => one.product === product._id);
  if (interest === undefined || profile.erasedAt !== null) return null;
  if ((interest.told ?? -1) >= revision) return null;
  const events = tellingsOf(before, after).flatMap(({ name, properties }): StoredEvent[] => {
    const reasons = reasonsToTell(interest, name, { now, changedAt });
    if (reasons.length === 0) return [];
    const told = { ...aboutProduct(change, profile), ...properties, interests: reasons };
    return [eventOf(profile._id, { name, properties: told, revision }, now)];
  });
  if (events.length === 0) return null;
  const interests = (profile.interests ?? []).map((one) =>
    one === interest ? { ...one, told: revision } : one,
  );
  return { profile: { ...profile, interests }, events };
}

function eventOf(
  profileId: string,
  { name, properties, revision }: { name: string; properties: JsonObject; revision: number },
  now: number,
): StoredEvent {
  const about = JSON.stringify([profileId, properties.product_id, revision, name]);
  return {
    _id: `catalogue:${shortHash(about)}`,
    profileId,
    partition: partitionOf(profileId),
    kind: 'track',
    name,
    occurredAt: now,
    receivedAt: now,
    place: 0,
    source: 'kairos',
    properties,
    state: 'accepted',
    pending: true,
  };
}

/** What every such event says of its product, in the person's own language where there is one. */
function aboutProduct({ product, after }: ToldChange, profile: Profile): JsonObject {
  const { _id, image, brand, categories, stock } = product;
  const { name, url } = { ...product, ...product.languages[languageFor(product, profile)] };
  const { price, currency, availability, isSale } = after;
  const saleEnds = isSale ? product.saleUntil : undefined;
  const values = {
    product_id: _id,
    ...{ name, url, image_url: image, brand, category: categories?.at(-1) },
    price: price === null || currency === null ? undefined : toMajorUnits(price, currency),
    currency: currency ?? undefined,
    ...{ stock, availability: availability ?? undefined },
    sale_ends_at: saleEnds === undefined ? undefined : new Date(saleEnds).toISOString(),
  };
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as JsonObject;
}

/** The tag of the texts that suit this person best: `pt-BR`, else `pt`; empty: the shop's own. */
function languageFor({ languages }: Product, { language, browserLanguage }: Profile): string {
  const wanted = language ?? browserLanguage;
  if (wanted === null) return '';
  const [base = ''] = wanted.split('-');
  return [wanted, base].find((tag) => Object.hasOwn(languages, tag)) ?? '';
}
