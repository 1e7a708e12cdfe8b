import { attributeSource } from '#domain/profile/attribute-sources.ts';
import { currencyExponent, toMajorUnits } from '#domain/profile/money.ts';
import type { Json } from '#domain/json.ts';
import type { Consent, Profile, Traits } from '#domain/profile/profile.ts';
import type { Collections } from '#platform/mongo.ts';

/** One profile with its identities, as the API shows it: money in major units, instants in ISO 8601. */
export interface ProfileView {
  id: string;
  identities: string[];
  attributes: Profile['attributes'];
  /** When each attribute was said and by whom; see attributeSource. */
  told: Record<string, { at: string; source: string | null }>;
  traits: Record<string, Json>;
  consents: Record<
    string,
    Omit<Consent, 'at' | 'grantedAt' | 'requestedAt'> & { at: string; requestedAt?: string }
  >;
  preferences: Profile['attributes'];
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
  /** Push addresses, the newest first. */
  devices: { token: string; at: string }[];
  createdAt: string;
  updatedAt: string;
  /** Where the rest is read, by the id of the profile: addresses have no place in URLs. */
  links: Record<string, string>;
}

/** What is read of a customer one by one. */
const PARTS = [
  'attributes',
  'identities',
  'consents',
  'preferences',
  'segments',
  'orders',
  'events',
  'messages',
  'runs',
  'explain',
];

/** What of the shop a profile is read with. */
interface Shop {
  /** ISO 4217. */
  currency: string;
  /** Whether there is such a segment: profiles forget one that was removed by and by. */
  isSegment: (key: string) => boolean;
}

/** A customer's profile with all identities. */
export async function readProfile(
  c: Pick<Collections, 'identities'>,
  profile: Profile,
  shop: Shop,
): Promise<ProfileView> {
  const identities = await c.identities
    .find({ profileId: profile._id, kind: { $ne: 'merged' } })
    .project<{ _id: string }>({ _id: 1 })
    .sort({ _id: 1 })
    .toArray();
  return viewProfile(
    profile,
    identities.map(({ _id }) => _id),
    shop,
  );
}

function viewProfile(
  profile: Profile,
  identities: string[],
  { currency, isSegment }: Shop,
): ProfileView {
  const segments = (profile.segments ?? []).filter(({ key }) => isSegment(key));
  return {
    id: profile._id,
    identities,
    attributes: profile.attributes,
    told: Object.fromEntries(
      Object.keys(profile.attributes).map((name) => [name, toldOf(profile, name)]),
    ),
    traits: viewTraits(profile.traits, currency),
    consents: Object.fromEntries(
      Object.entries(profile.consents).map(([channel, consent]) => [channel, viewConsent(consent)]),
    ),
    preferences: profile.preferences?.values ?? {},
    segments: segments.map(({ key, since }) => ({ key, since: new Date(since).toISOString() })),
    stage: null,
    language: profile.language ?? profile.browserLanguage,
    zone: profile.zone,
    cart: profile.cart.map((line) => ({
      ...line,
      price: line.price === null ? null : toMajorUnits(line.price, currency),
      at: new Date(line.at).toISOString(),
    })),
    devices: profile.devices.map(({ token, at }) => ({ token, at: new Date(at).toISOString() })),
    createdAt: new Date(profile.createdAt).toISOString(),
    updatedAt: new Date(profile.updatedAt).toISOString(),
    links: linksOf(profile._id),
  };
}

/** A consent as the API shows it, with its proof. */
export function viewConsent({
  grantedAt: _grantedAt,
  refusedAt: _refusedAt,
  requestedAt,
  at,
  ...consent
}: Consent): ProfileView['consents'][string] {
  return {
    ...consent,
    at: new Date(at).toISOString(),
    ...(requestedAt !== undefined && { requestedAt: new Date(requestedAt).toISOString() }),
  };
}

function toldOf(profile: Profile, name: string): { at: string; source: string | null } {
  const at = Object.hasOwn(profile.attributeTimes, name) ? profile.attributeTimes[name] : undefined;
  return {
    at: new Date(at ?? profile.createdAt).toISOString(),
    source: attributeSource(profile, name),
  };
}

function linksOf(profileId: string): Record<string, string> {
  const self = `/v1/profiles/${encodeURIComponent(profileId)}`;
  return { self, ...Object.fromEntries(PARTS.map((part) => [part, `${self}/${part}`])) };
}

/** One attribute with its story; null: it was removed. */
export interface ToldAttribute {
  name: string;
  value: Json;
  at: string;
  source: string | null;
}

/** All attributes by name, those removed included. */
export function readAttributes(profile: Profile): ToldAttribute[] {
  const names = Object.keys(profile.attributeTimes).sort();
  return names.map((name) => ({
    name,
    value: Object.hasOwn(profile.attributes, name) ? (profile.attributes[name] ?? null) : null,
    ...toldOf(profile, name),
  }));
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
