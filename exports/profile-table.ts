import { factColumns, withFacts } from '#domain/export/lay-out.ts';
import { MORE, type Column, type ExportRow } from '#domain/export/export.ts';
import type { Json, JsonObject } from '#domain/json.ts';
import { currencyExponent, toMajorUnits } from '#domain/profile/money.ts';
import type { Consent, Profile, Traits } from '#domain/profile/profile.ts';
import {
  firstIdentity,
  PAGE_ROWS,
  pagesOf,
  WHO_COLUMNS,
  who,
  type ExportStore,
  type ExportTable,
  type People,
} from './export-table.ts';

/** Whom to take out: the members of a segment, or everybody; money is in the shop's currency. */
export interface ProfileAsk {
  segment?: string;
  currency: string;
}

/** Channels that get a column for their consent; there are five. */
const CONSENT_COLUMNS_MAX = 50;

/** As an import of profiles reads them; `at` is the instant of the latest fact. */
const COLUMNS: readonly Column[] = [
  ...WHO_COLUMNS,
  { name: 'email', type: 'text' },
  { name: 'phone', type: 'text' },
  { name: 'at', type: 'instant' },
];

const TRAIT_COLUMNS: readonly Column[] = [
  { name: 'kairos_profile_id', type: 'text' },
  { name: 'kairos_orders_count', type: 'number' },
  { name: 'kairos_total_spent', type: 'number' },
  { name: 'kairos_average_order', type: 'number' },
  { name: 'kairos_currency', type: 'text' },
  { name: 'kairos_first_order_at', type: 'instant' },
  { name: 'kairos_last_order_at', type: 'instant' },
  { name: 'kairos_first_seen_at', type: 'instant' },
  { name: 'kairos_last_seen_at', type: 'instant' },
  { name: 'kairos_spent_by_currency', type: 'json' },
  { name: 'kairos_segments', type: 'json' },
  { name: 'kairos_identities', type: 'json' },
  { name: 'kairos_created_at', type: 'instant' },
  { name: 'kairos_updated_at', type: 'instant' },
];

/** People with what is known of them; those merged away or erased are none. */
export function profileTable(store: ExportStore, ask: ProfileAsk): ExportTable {
  const { segment } = ask;
  const since: Column[] = segment === undefined ? [] : [{ name: 'kairos_since', type: 'instant' }];
  const own = [...TRAIT_COLUMNS, ...since];
  return {
    columns: COLUMNS,
    own: [...own, MORE],
    async facts() {
      const [seen, channels] = await Promise.all([
        store.seenFacts('attributes', segment),
        store.seenFacts('consents', segment),
      ]);
      const consents = channels
        .slice(0, CONSENT_COLUMNS_MAX)
        .map(({ name }): Column => ({ name: consentColumn(name), type: 'boolean' }));
      return [...factColumns(seen, COLUMNS), ...consents];
    },
    async *pages() {
      const read = (after: string): Promise<Profile[]> =>
        store.profiles({ after, limit: PAGE_ROWS, ...(segment !== undefined && { segment }) });
      for await (const page of pagesOf(read)) {
        const people = await store.people(page.map(({ _id }) => _id));
        yield page.map((profile) => profileRow(profile, people, ask));
      }
    },
  };
}

function profileRow(profile: Profile, people: People, ask: ProfileAsk): ExportRow {
  const { _id: id, attributes, attributeTimes, traits, segments = [], createdAt } = profile;
  const identities = people.identities.get(id) ?? [];
  const { email, phone, ...facts } = attributes;
  const since = segments.find(({ key }) => key === ask.segment)?.since;
  const own: ExportRow = {
    ...who(people, id),
    email: text(email) ?? firstIdentity(identities, 'email'),
    phone: text(phone) ?? firstIdentity(identities, 'phone'),
    at: Object.values(attributeTimes).reduce((latest, at) => Math.max(latest, at), 0) || createdAt,
  };
  return {
    ...withFacts(own, { ...facts, ...oddOnes({ email, phone }) }),
    kairos_profile_id: id,
    ...traitCells(traits, ask.currency),
    ...consentCells(profile.consents),
    kairos_segments: segments.map(({ key }) => key),
    kairos_identities: identities,
    kairos_created_at: createdAt,
    kairos_updated_at: profile.updatedAt,
    ...(since !== undefined && { kairos_since: since }),
  };
}

function text(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** An address that is no text has no place in the column of its name. */
function oddOnes(addresses: Record<string, Json | undefined>): JsonObject {
  const odd = Object.entries(addresses).filter(
    (entry): entry is [string, Json] => entry[1] !== undefined && typeof entry[1] !== 'string',
  );
  return Object.fromEntries(odd);
}

function traitCells(traits: Traits, currency: string): ExportRow {
  const { total_spent: spent, average_order: average, spent_by_currency: apart, ...rest } = traits;
  const cells = Object.entries(rest).filter(([name]) => name !== 'orders_by_currency');
  return {
    ...Object.fromEntries(cells.map(([name, value]) => [`kairos_${name}`, value])),
    kairos_total_spent: toMajorUnits(spent, currency),
    // An average may fall between two minor units.
    kairos_average_order:
      average === null
        ? null
        : Number(toMajorUnits(average, currency).toFixed(currencyExponent(currency))),
    kairos_spent_by_currency: Object.fromEntries(
      Object.entries(apart).map(([code, minor]) => [code, toMajorUnits(minor, code)]),
    ),
    kairos_currency: currency,
  };
}

function consentCells(consents: Record<string, Consent>): ExportRow {
  return Object.fromEntries(
    saidConsents(consents).map(([channel, { granted }]) => [consentColumn(channel), granted]),
  );
}

/** What was agreed to or refused: a request that nobody confirmed is neither. */
function saidConsents(consents: Record<string, Consent>): [string, Consent][] {
  return Object.entries(consents).filter(([, { pending }]) => pending !== true);
}

function consentColumn(channel: string): string {
  return `kairos_consent_${channel.replaceAll('-', '_')}`;
}

/** One row for each consent that was given or refused, with its proof. */
export function consentTable(store: ExportStore): ExportTable {
  return {
    columns: [
      ...WHO_COLUMNS,
      { name: 'channel', type: 'text' },
      { name: 'granted', type: 'boolean' },
      { name: 'at', type: 'instant' },
      { name: 'source', type: 'text' },
      { name: 'text', type: 'text' },
      { name: 'text_version', type: 'text' },
    ],
    own: [{ name: 'kairos_profile_id', type: 'text' }],
    async *pages() {
      const read = (after: string): Promise<Profile[]> =>
        store.profiles({ after, limit: PAGE_ROWS });
      for await (const page of pagesOf(read)) {
        const people = await store.people(page.map(({ _id }) => _id));
        yield page.flatMap(({ _id, consents }) =>
          saidConsents(consents).map(([channel, consent]) => ({
            ...who(people, _id),
            ...proofCells(channel, consent),
            kairos_profile_id: _id,
          })),
        );
      }
    },
  };
}

/** What was said, and the proof of it. */
function proofCells(channel: string, consent: Consent): ExportRow {
  const { granted, at, source, text: words = null, textVersion: version = null } = consent;
  return { channel, granted, at, source, text: words, text_version: version };
}
