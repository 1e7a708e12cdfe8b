import type { StoredEvent } from '#domain/event/event.ts';
import { sha256 } from '#domain/journey/sha-256.ts';
import { isJsonObject, type Json, type JsonObject } from '#domain/json.ts';
import { shortHash } from '#domain/short-hash.ts';
import { GA4_CLIENT_PREFIX, KAIROS_PARAM } from '#domain/source/ga4-names.ts';
import { nameThere } from './ga4-name.ts';
import { paramsOf } from './ga4-params.ts';
import { personalIn } from './ga4-personal.ts';
import type { GoogleAnalytics } from './google-analytics.ts';

/** Google puts what is older at a later instant: better it is not told. In ms. */
const AGE_MAX_MS = 72 * 60 * 60 * 1000;
/** Larger bodies are not taken, in bytes: 130 kB of Google's. */
const BODY_BYTES_MAX = 130_000;
/** Longer user ids are not taken. */
const USER_ID_LENGTH_MAX = 256;
/** Client ids as Google's libraries make them, and whatever else is plainly an id. */
const CLIENT_ID = /^[\w.-]{1,100}$/;
const SESSION_ID = /^\d{1,20}$/;
const BROWSER = `anonymous:${GA4_CLIENT_PREFIX}`;

/** The customer an event is about, as they are at the moment of telling. */
export interface ToldCustomer {
  id: string;
  externalId: string | null;
  /** `anonymous:ga:1234.5678` and the like. */
  identities: readonly string[];
  attributes: JsonObject;
  consents: Readonly<Record<string, { granted: boolean }>>;
}

/** What is told, or why nothing is. */
type GooglePayload =
  | { body: JsonObject }
  /** `noConsent`: the customer has not agreed; `tooOld`: Google takes nothing of that age. */
  | { skip: 'noConsent' | 'tooOld' };

type ToldEvent = Pick<StoredEvent, '_id' | 'name' | 'occurredAt' | 'properties' | 'context' | 'by'>;

/**
 * The body of one call of the Measurement Protocol, one event in it. `now` is the moment of telling,
 * epoch ms; `currency` the shop's, ISO 4217.
 */
export function buildGooglePayload(
  settings: Pick<GoogleAnalytics, 'measurementId' | 'names' | 'userId' | 'consent'>,
  { event, customer }: { event: ToldEvent; customer: ToldCustomer },
  { now, currency }: { now: number; currency: string },
): GooglePayload {
  const { consent, names } = settings;
  if (consent.analytics !== null && !isGranted(customer, consent.analytics)) {
    return { skip: 'noConsent' };
  }
  if (now - event.occurredAt > AGE_MAX_MS) return { skip: 'tooOld' };
  const isPersonal = personalIn(customer);
  const name = Object.hasOwn(names, event.name) ? names[event.name] : undefined;
  const told = toldEvent(event, { name: name ?? nameThere(event.name), currency, isPersonal });
  const body = {
    client_id: clientId(event, customer, settings.measurementId),
    ...(settings.userId === 'externalId' ? userId(customer, isPersonal) : {}),
    timestamp_micros: Math.min(event.occurredAt, now) * 1_000,
    consent: {
      ad_user_data: wordOf(customer, consent.adUserData),
      ad_personalization: wordOf(customer, consent.adPersonalization),
    },
    events: [told],
  };
  return { body: fitting(body, told) };
}

function isGranted({ consents }: ToldCustomer, name: string): boolean {
  return Object.hasOwn(consents, name) && consents[name]?.granted === true;
}

function wordOf(customer: ToldCustomer, name: string): 'GRANTED' | 'DENIED' {
  return isGranted(customer, name) ? 'GRANTED' : 'DENIED';
}

type Told = { name: string; params: JsonObject };

function toldEvent(
  event: ToldEvent,
  {
    name,
    currency,
    isPersonal,
  }: Pick<Told, 'name'> & {
    currency: string;
    isPersonal: (text: string) => boolean;
  },
): Told {
  const { sessionId } = objectOf(event.context?.ga);
  // By both Google counts somebody as active, in the session they were in.
  const session =
    typeof sessionId === 'string' && SESSION_ID.test(sessionId)
      ? { session_id: sessionId, engagement_time_msec: 1 }
      : {};
  const own = { [KAIROS_PARAM]: shortHash(event._id), ...session };
  const page = objectOf(event.context?.page);
  const said = { name, properties: event.properties, page, currency, isPersonal };
  return { name, params: { ...paramsOf(said, Object.keys(own).length), ...own } };
}

/** Google's own id of the browser where it is known; else one that follows from the customer. */
function clientId(
  event: ToldEvent,
  { id, identities }: ToldCustomer,
  measurementId: string,
): string {
  const { clientId: said } = objectOf(event.context?.ga);
  if (typeof said === 'string' && CLIENT_ID.test(said)) return said;
  const known = [...(event.by ?? []), ...identities]
    .filter((one) => one.startsWith(BROWSER))
    .map((one) => one.slice(BROWSER.length))
    .find((one) => CLIENT_ID.test(one));
  return known ?? pseudonym(`${measurementId}|${id}`);
}

/** Of the form that Google's libraries use: two numbers of 32 bits. */
function pseudonym(text: string): string {
  const hash = sha256(text);
  const view = new DataView(hash.buffer);
  return `${String(view.getUint32(0))}.${String(view.getUint32(4))}`;
}

function userId({ externalId }: ToldCustomer, isPersonal: (text: string) => boolean): JsonObject {
  const isFit =
    externalId !== null && externalId.length <= USER_ID_LENGTH_MAX && !isPersonal(externalId);
  return isFit ? { user_id: externalId } : {};
}

/** As many items as the body has room for: the order's worth is told beside them. */
function fitting(body: JsonObject, told: Told): JsonObject {
  let fitted = body;
  let { items } = told.params;
  for (;;) {
    const bytes = new TextEncoder().encode(JSON.stringify(fitted)).length;
    if (bytes < BODY_BYTES_MAX || !Array.isArray(items) || items.length === 0) return fitted;
    const room = Math.floor((items.length * BODY_BYTES_MAX) / bytes);
    items = items.slice(0, Math.min(room, items.length - 1));
    fitted = { ...body, events: [{ ...told, params: { ...told.params, items } }] };
  }
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
