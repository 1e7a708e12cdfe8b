import type { Fault } from '#domain/errors.ts';
import { isJsonObject, type JsonObject } from '#domain/json.ts';
import { isSubscription, subscriptionToken } from '#domain/message/push-subscription.ts';
import type { SaidConsent } from './event.ts';

/** A BCP 47 tag or an IANA zone fits twice over. */
const LOCALE_LENGTH_MAX = 100;
/** Google's have about 20 characters. */
const GA_ID_LENGTH_MAX = 100;
/** FCM tokens have about 160 characters. */
const TOKEN_LENGTH_MAX = 4096;
/** Channels and purposes one call may speak of. */
const CONSENTS_MAX = 50;
const CONSENT_KEY = /^[A-Za-z0-9][A-Za-z0-9_ -]{0,63}$/;

/** Longest name of where a consent was given, and longest text that was agreed to. */
const PROOF_SOURCE_MAX = 200;
const PROOF_TEXT_MAX = 10_000;

/** What Kairos takes from a call's context. */
export interface CallContext {
  /** Kept with the event: locale, timezone, page, campaign, app, device type, Google's ids of the
   * browser and the visit, and the speed of a rehearsal. Never the address. */
  kept?: JsonObject;
  traits?: JsonObject;
  consents?: Record<string, SaidConsent>;
  deviceToken?: string;
}

/**
 * Reads `context`. Of everything Segment's libraries put there, only what journeys can use is
 * kept: no IP address, no user agent, no device or advertising ids. `importId` marks what came in a
 * file, of which alone the proof of a consent is believed.
 */
export function readContext(context: unknown, faults: Fault[], importId?: string): CallContext {
  if (importId !== undefined) return readImported(context, faults, importId);
  if (context === undefined || context === null) return {};
  if (!isJsonObject(context)) {
    faults.push({ pointer: '#/context', detail: '`context` is not an object.' });
    return {};
  }
  const device = objectAt(context, 'device', faults);
  const kept = keptOf(context, device, faults);
  const traits = objectAt(context, 'traits', faults);
  const consents = consentsOf(context, faults);
  const deviceToken = deviceTokenOf(device, faults);
  return {
    ...(Object.keys(kept).length > 0 ? { kept } : {}),
    ...(traits === undefined ? {} : { traits }),
    ...(consents === undefined ? {} : { consents }),
    ...(deviceToken === undefined ? {} : { deviceToken }),
  };
}

/** An app's token is a text; a browser's subscription an object, as the browser writes it. */
function deviceTokenOf(device: JsonObject | undefined, faults: Fault[]): string | undefined {
  const said = device?.token;
  if (isJsonObject(said)) {
    const token = subscriptionToken(said);
    if (token !== null) return token;
    const detail =
      '`context.device.token` is no push subscription: write what the browser’s `PushSubscription.toJSON()` gives, with an https `endpoint` and both `keys`.';
    faults.push({ pointer: '#/context/device/token', detail });
    return undefined;
  }
  const rule = { at: 'context/device/', max: TOKEN_LENGTH_MAX, faults };
  const text = textAt(device, 'token', rule);
  if (text === undefined || !isSubscription(text)) return text;
  faults.push({
    pointer: '#/context/device/token',
    detail: 'A push subscription is sent as an object, not as text.',
  });
  return undefined;
}

function readImported(context: unknown, faults: Fault[], importId: string): CallContext {
  const read = readContext(context, faults);
  const kept = { ...read.kept, import: importId };
  if (read.consents === undefined || !isJsonObject(context)) return { ...read, kept };
  const said = objectAt(context, 'consent', []);
  const rule = { at: 'context/consent/', faults };
  const source = textAt(said, 'source', { ...rule, max: PROOF_SOURCE_MAX });
  const text = textAt(said, 'text', { ...rule, max: PROOF_TEXT_MAX });
  const version = textAt(said, 'textVersion', { ...rule, max: PROOF_SOURCE_MAX });
  const proof = {
    ...(source === undefined ? {} : { source }),
    ...(text === undefined ? {} : { text }),
    ...(version === undefined ? {} : { textVersion: version }),
  };
  const consents: NonNullable<CallContext['consents']> = {};
  for (const [channel, one] of Object.entries(read.consents))
    consents[channel] = { ...one, ...proof };
  return { ...read, kept, consents };
}

function keptOf(context: JsonObject, device: JsonObject | undefined, faults: Fault[]): JsonObject {
  const kept: JsonObject = {};
  for (const key of ['locale', 'timezone']) {
    const text = textAt(context, key, { at: 'context/', max: LOCALE_LENGTH_MAX, faults });
    if (text !== undefined) kept[key] = text;
  }
  for (const key of ['page', 'campaign', 'app']) {
    const part = objectAt(context, key, faults);
    if (part !== undefined) kept[key] = part;
  }
  const ga = googleIds(context);
  if (Object.keys(ga).length > 0) kept.ga = ga;
  const type = textAt(device, 'type', { at: 'context/device/', max: LOCALE_LENGTH_MAX, faults });
  if (type !== undefined) kept.device = { type };
  const rehearsal = objectAt(context, 'rehearsal', faults);
  if (typeof rehearsal?.speed === 'number') kept.rehearsal = { speed: rehearsal.speed };
  return kept;
}

/**
 * What the cookies of Google Analytics say, so that it knows a browser again by what it is told.
 * Whatever else stands there is left out and no fault: shops have written there before Kairos read it.
 */
function googleIds({ ga }: JsonObject): JsonObject {
  if (!isJsonObject(ga)) return {};
  const said = ['clientId', 'sessionId'].flatMap((key): [string, string][] => {
    const value = ga[key];
    const text = typeof value === 'number' ? String(value) : value;
    const isId = typeof text === 'string' && text !== '' && text.length <= GA_ID_LENGTH_MAX;
    return isId ? [[key, text]] : [];
  });
  return Object.fromEntries(said);
}

function objectAt(context: JsonObject, key: string, faults: Fault[]): JsonObject | undefined {
  const value = context[key];
  if (value === undefined || value === null) return undefined;
  if (isJsonObject(value)) return value;
  faults.push({ pointer: `#/context/${key}`, detail: `\`context.${key}\` is not an object.` });
  return undefined;
}

interface TextRule {
  /** Pointer of the object, with its last slash. */
  at: string;
  max: number;
  faults: Fault[];
}

function textAt(source: JsonObject | undefined, key: string, rule: TextRule): string | undefined {
  const value = source?.[key];
  if (value === undefined || value === null || value === '') return undefined;
  const name = `${rule.at}${key}`;
  const path = `\`${name.replaceAll('/', '.')}\``;
  if (typeof value !== 'string') {
    rule.faults.push({ pointer: `#/${name}`, detail: `${path} is not a text.` });
  } else if (value.length > rule.max) {
    const detail = `${path} is longer than ${String(rule.max)} characters.`;
    rule.faults.push({ pointer: `#/${name}`, detail });
  } else return value;
  return undefined;
}

function consentsOf(context: JsonObject, faults: Fault[]): CallContext['consents'] {
  const preferences = objectAt(context, 'consent', faults)?.categoryPreferences;
  if (preferences === undefined || preferences === null) return undefined;
  const pointer = '#/context/consent/categoryPreferences';
  if (!isJsonObject(preferences) || Object.keys(preferences).length > CONSENTS_MAX) {
    const detail = `\`categoryPreferences\` is not an object of at most ${String(CONSENTS_MAX)} members.`;
    faults.push({ pointer, detail });
    return undefined;
  }
  const consents: Record<string, { granted: boolean; source: string }> = {};
  for (const [channel, granted] of Object.entries(preferences)) {
    if (granted === null) continue;
    if (!CONSENT_KEY.test(channel) || typeof granted !== 'boolean') {
      const detail = 'Each member of `categoryPreferences` is a channel with `true` or `false`.';
      faults.push({ pointer, detail });
      return undefined;
    }
    consents[channel] = { granted, source: 'tracking' };
  }
  return Object.keys(consents).length === 0 ? undefined : consents;
}
