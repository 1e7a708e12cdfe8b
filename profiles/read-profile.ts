import { currencyExponent, toMajorUnits } from '#domain/profile/money.ts';
import type { Json } from '#domain/json.ts';
import type { Profile, Traits } from '#domain/profile/profile.ts';
import type { Collections } from '#platform/mongo.ts';

/** One profile with its identities, as the API shows it: money in major units, instants in ISO 8601. */
export interface ProfileView {
  id: string;
  identities: string[];
  attributes: Profile['attributes'];
  traits: Record<string, Json>;
  consents: Record<string, { granted: boolean; at: string; source: string; text?: string }>;
  segments: { key: string; since: string }[];
  stage: string | null;
  language: string | null;
  zone: string | null;
  cart: {
    product_id: string;
    cart_id: string | null;
    name: string | null;
    quantity: number;
    price: number | null;
    at: string;
  }[];
  createdAt: string;
  updatedAt: string;
}

/** A customer's profile with all identities. `currency` is the shop's, ISO 4217. */
export async function readProfile(
  c: Pick<Collections, 'identities'>,
  profile: Profile,
  currency: string,
): Promise<ProfileView> {
  const identities = await c.identities
    .find({ profileId: profile._id, kind: { $ne: 'merged' } })
    .project<{ _id: string }>({ _id: 1 })
    .sort({ _id: 1 })
    .toArray();
  return viewProfile(
    profile,
    identities.map(({ _id }) => _id),
    currency,
  );
}

function viewProfile(profile: Profile, identities: string[], currency: string): ProfileView {
  return {
    id: profile._id,
    identities,
    attributes: profile.attributes,
    traits: viewTraits(profile.traits, currency),
    consents: Object.fromEntries(
      Object.entries(profile.consents).map(([channel, consent]) => [
        channel,
        { ...consent, at: new Date(consent.at).toISOString() },
      ]),
    ),
    segments: (profile.segments ?? []).map(({ key, since }) => ({
      key,
      since: new Date(since).toISOString(),
    })),
    stage: null,
    language: profile.language ?? profile.browserLanguage,
    zone: profile.zone,
    cart: profile.cart.map((line) => ({
      ...line,
      price: line.price === null ? null : toMajorUnits(line.price, currency),
      at: new Date(line.at).toISOString(),
    })),
    createdAt: new Date(profile.createdAt).toISOString(),
    updatedAt: new Date(profile.updatedAt).toISOString(),
  };
}

function viewTraits(traits: Traits, currency: string): Record<string, Json> {
  const shown = Object.entries(traits).map(([name, value]): [string, Json] => {
    if (name.endsWith('_at') && typeof value === 'number') {
      return [name, new Date(value).toISOString()];
    }
    return [name, value];
  });
  return {
    ...Object.fromEntries(shown),
    total_spent: toMajorUnits(traits.total_spent, currency),
    average_order:
      traits.average_order === null
        ? null
        : roundTo(toMajorUnits(traits.average_order, currency), currency),
    spent_by_currency: Object.fromEntries(
      Object.entries(traits.spent_by_currency).map(([code, minor]) => [
        code,
        toMajorUnits(minor, code),
      ]),
    ),
    currency,
  };
}

/** An average may fall between two minor units. */
function roundTo(amount: number, currency: string): number {
  return Number(amount.toFixed(currencyExponent(currency)));
}
