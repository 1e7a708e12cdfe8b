import { DomainError } from '#domain/errors.ts';
import type { RunEvent } from '#domain/event/event.ts';
import type { RunEntry } from '#domain/journey/run.ts';
import type { JsonObject } from '#domain/json.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { linksBeside } from '#domain/template/page-links.ts';
import { hostsToldIn } from '#domain/template/told-hosts.ts';
import { templateScope } from '#domain/template/template-scope.ts';
import type { AsPerson } from '#templates/lint-template.ts';
import type { PreparedTemplate } from '#templates/prepare-template.ts';
import type { AppDeps } from './deps.ts';
import { tryOutLink } from './hosted/try-out-link.ts';

/** Journeys looked at for one that sends a template; a shop has some dozens. */
const JOURNEYS_MAX = 1_000;

/** Why a person would be written to, as somebody says it who tries a template out. */
export interface Occasion {
  /** The id of an event of theirs, or the name of one: their latest. */
  event?: string | undefined;
  /** Instead of an event's. */
  properties?: JsonObject | undefined;
}

type Parts = Pick<AppDeps, 'mongo' | 'config' | 'clock' | 'personal' | 'catalogueHosts'>;

/** Nobody in particular: what a template says to somebody of whom nothing is known. */
export function stranger(now: number): Profile {
  return newProfile('', 0, now);
}

/** Somebody, and why they would be written to. */
export interface Somebody {
  profile: Profile;
  entry: RunEntry;
  /** BCP 47, instead of theirs. */
  language?: string | undefined;
}

/** A person as a message would be made for them on an occasion. */
export async function asPerson(
  parts: Parts,
  template: PreparedTemplate,
  { profile, entry, language }: Somebody,
): Promise<AsPerson> {
  const { KAIROS_CURRENCY: currency, KAIROS_LANGUAGE, KAIROS_ZONE } = parts.config;
  const unsubscribe = tryOutLink(parts.config.KAIROS_PUBLIC_URL);
  const { language: said, browserLanguage } = profile;
  const languages = [language ?? null, said, browserLanguage, KAIROS_LANGUAGE];
  const scope = templateScope({
    ...{ profile, entry, currency },
    entryKey: null,
    links: linksBeside(unsubscribe),
  });
  const personal = await parts.personal({ template, languages, profile, entry });
  return {
    ...{ profileId: profile._id, unsubscribe, languages, currency },
    ground: await groundOf(parts, entry),
    zone: profile.zone ?? KAIROS_ZONE,
    scope: { ...scope, ...personal, vouchers: sampleCodes(template) },
  };
}

/** Which links of a message would be tracked, and below which address. */
async function groundOf(
  { config, catalogueHosts }: Pick<Parts, 'config' | 'catalogueHosts'>,
  entry: RunEntry,
): Promise<AsPerson['ground']> {
  const { KAIROS_PUBLIC_URL: publicUrl, KAIROS_LINK_HOSTS: linkHosts } = config;
  const base = (config.KAIROS_TRACKING_URL ?? publicUrl).replace(/\/+$/, '');
  const knownHosts = [...(await catalogueHosts()), ...hostsToldIn(entry)];
  return { base, publicUrl, linkHosts, knownHosts };
}

/** Stands where a code would: trying a message out uses none up. */
const SAMPLE_CODE = 'SAMPLE-CODE';

function sampleCodes({ pools }: PreparedTemplate): Record<string, string> {
  return Object.fromEntries([...pools].map((pool) => [pool, SAMPLE_CODE]));
}

/**
 * What would have begun the run of this person: the event asked for, else their latest of the name
 * asked for, else none. @throws DomainError `not-found` where they have no such event
 */
export async function entryOf(
  parts: Parts,
  profile: Profile,
  { event: asked, properties }: Occasion,
): Promise<RunEntry> {
  const found = asked === undefined ? null : await findEvent(parts, profile._id, asked);
  if (asked !== undefined && found === null && properties === undefined) {
    throw new DomainError(
      'not-found',
      'This customer has no such event: name one of theirs by its id or its name, or give `properties`.',
    );
  }
  return entryFrom(found, properties, parts.clock());
}

/** The same for a sample: who has no such event is written to without one. */
export async function entryOfSample(
  parts: Parts,
  profile: Profile,
  { event, properties }: Occasion,
): Promise<RunEntry> {
  const found = event === undefined ? null : await findEvent(parts, profile._id, event);
  return entryFrom(found, properties, parts.clock());
}

function entryFrom(
  event: RunEvent | null,
  properties: JsonObject | undefined,
  now: number,
): RunEntry {
  return {
    kind: event === null ? 'api' : 'event',
    id: event?.id ?? 'preview',
    at: event?.occurredAt ?? now,
    event,
    properties: properties ?? event?.properties ?? {},
  };
}

async function findEvent(
  { mongo }: Pick<Parts, 'mongo'>,
  profileId: string,
  idOrName: string,
): Promise<RunEvent | null> {
  const { events } = mongo.collections;
  const byId = await events.findOne({ _id: idOrName });
  const found =
    byId?.profileId === profileId
      ? byId
      : await events.findOne({ profileId, name: idOrName }, { sort: { occurredAt: -1 } });
  if (found === null) return null;
  const { _id: id, name, occurredAt, receivedAt, properties, context, source } = found;
  const told = { id, name, occurredAt, receivedAt, properties };
  return { ...told, ...(context && { context }), ...(source === 'browser' && { byBrowser: true }) };
}

/** The event by which people enter a journey that sends this template; undefined: none does. */
export async function entryEventOf(
  { mongo }: Pick<Parts, 'mongo'>,
  template: string,
): Promise<string | undefined> {
  const journeys = mongo.collections.journeys
    .find({})
    .project<{ draft: { entry?: { event?: unknown }; steps?: object } }>({ draft: 1 })
    .limit(JOURNEYS_MAX);
  for await (const { draft } of journeys) {
    const steps: unknown[] = Object.values(draft.steps ?? {});
    const event = draft.entry?.event;
    if (typeof event === 'string' && steps.some((step) => sends(step, template))) return event;
  }
  return undefined;
}

function sends(step: unknown, template: string): boolean {
  const { send } = step as { send?: { template?: unknown } };
  return send?.template === template;
}
