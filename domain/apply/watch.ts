import type { StoredEvent } from '#domain/event/event.ts';
import { evaluate } from '#domain/condition/evaluate.ts';
import { reads } from '#domain/condition/reads.ts';
import type { Facts } from '#domain/condition/facts.ts';
import type { Profile, Watch } from '#domain/profile/profile.ts';
import { earliest } from '#domain/time/instant.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import { nextDateOccurrence } from '#domain/time/date-occurrence.ts';
import { isHistory, takesHistory, tryEnter } from './enter.ts';
import type { LiveJourney } from './live-journey.ts';
import { touches, type Change } from './what-changed.ts';
import type { Work } from './work.ts';

/** Date entries missed in an outage still fire within this; older ones would surprise people. */
export const DATE_GRACE_MS = DAY_MS;

/**
 * Keeps what time itself will change for a profile: for each journey entered by a condition or a
 * date, whether it held and when to look again. `before` is the profile before `event`.
 */
export function watchAfterEvent(
  work: Work,
  event: StoredEvent,
  before: Profile,
  after: Profile,
): Profile {
  let watches = after.watches;
  for (const journey of work.input.journeys) {
    const watch = watches[journey.key];
    const known = watch?.version === journey.version ? watch : null;
    const next = watchOne(work, journey, known, { event, before, after });
    if (next !== null && next !== known) watches = { ...watches, [journey.key]: next };
  }
  return withWatches(after, watches);
}

export function withWatches(profile: Profile, watches: Profile['watches']): Profile {
  if (watches === profile.watches) return profile;
  return withNextLook({ ...profile, watches });
}

/** With the instant at which time itself may change something for this profile. */
export function withNextLook(profile: Profile): Profile {
  const { watches, segmentState } = profile;
  const nextWatchAt = earliest(
    ...Object.values(watches).map((watch) => watch.at),
    ...Object.values(segmentState?.flips ?? {}),
  );
  return { ...profile, nextWatchAt };
}

function watchOne(
  work: Work,
  journey: LiveJourney,
  known: Watch | null,
  change: Change,
): Watch | null {
  const { entry } = journey.definition;
  if ('date' in entry) return watchDate(work, journey, known, change);
  if (!('becomes' in entry)) return null;
  const { event, before, after } = change;
  if (known !== null && !touches(reads(entry.becomes), change)) return known;
  const { now } = work.input;
  // A condition that held before this event, or before publishing, does not become true now.
  const held = known?.held ?? heldBefore(work, journey, event, before);
  const verdict = evaluate(entry.becomes, work.facts(after), now);
  const enters = verdict.holds && (!held || includesCurrent(journey, known, after));
  const entryId = held ? `current@${String(journey.version)}` : event._id;
  if (enters && isOpenTo(journey, event)) enterWatched(work, journey, after, { entryId, now });
  return { version: journey.version, held: verdict.holds, at: verdict.flipsAt };
}

function isOpenTo(journey: LiveJourney, event: StoredEvent): boolean {
  return journey.status === 'live' && (!isHistory(event) || takesHistory(journey));
}

function includesCurrent(journey: LiveJourney, known: Watch | null, profile: Profile): boolean {
  const { entry } = journey.definition;
  if (known !== null || !('becomes' in entry) || entry.includeCurrent !== true) return false;
  return profile.createdAt < journey.publishedAt;
}

function heldBefore(
  work: Work,
  journey: LiveJourney,
  event: StoredEvent,
  before: Profile,
): boolean {
  const { entry } = journey.definition;
  if (!('becomes' in entry)) return false;
  const past: Facts = {
    ...work.facts(before),
    events: (name) => work.events(before._id, name).filter((seen) => seen.id !== event._id),
  };
  return evaluate(entry.becomes, past, work.input.now).holds;
}

function enterWatched(
  work: Work,
  journey: LiveJourney,
  profile: Profile,
  { entryId, now }: { entryId: string; now: number },
): void {
  const entry = { kind: 'becomes', id: entryId, at: now, event: null, properties: {} } as const;
  tryEnter(work, journey, profile, { entry, entryKey: null });
}

function watchDate(
  work: Work,
  journey: LiveJourney,
  known: Watch | null,
  { event, before, after }: Change,
): Watch | null {
  const { entry } = journey.definition;
  if (!('date' in entry)) return null;
  const value = after.attributes[entry.date.attribute];
  const same = before.attributes[entry.date.attribute] === value && before.zone === after.zone;
  if (known !== null && same) return known;
  const zone = after.zone ?? work.input.settings.defaultZone;
  const since = Math.max(event.receivedAt, journey.publishedAt);
  const at = nextDateOccurrence(value ?? null, entry.date, zone, since);
  return { version: journey.version, held: null, at };
}

/**
 * Looks again at a profile whose instant has come: enters who must, says when to look next. `moved`:
 * time brought the profile into a segment, or out of one, at the instant it was looked at for.
 */
export function watchDue(
  work: Work,
  profile: Profile,
  moved: { at: number } | null = null,
): Profile {
  const { now } = work.input;
  let watches = profile.watches;
  for (const [key, watch] of Object.entries(profile.watches)) {
    const journey = work.input.journeys.find((live) => live.key === key);
    const at = dueAt(watch, journey, { now, moved });
    if (at === null) continue;
    const next =
      journey?.version === watch.version
        ? fire(work, journey, { ...watch, at }, profile)
        : { ...watch, at: null };
    watches = { ...watches, [key]: next };
  }
  return withWatches(profile, watches);
}

/** The instant for which a watch is to be looked at now; null: not yet. */
function dueAt(
  { at }: Watch,
  journey: LiveJourney | undefined,
  { now, moved }: { now: number; moved: { at: number } | null },
): number | null {
  if (at !== null && at <= now) return at;
  const entry = journey?.definition.entry;
  if (moved === null || entry === undefined || !('becomes' in entry)) return null;
  return reads(entry.becomes).segments ? moved.at : null;
}

function fire(work: Work, journey: LiveJourney, watch: Watch, profile: Profile): Watch {
  const { entry } = journey.definition;
  const { now } = work.input;
  if ('becomes' in entry) {
    const verdict = evaluate(entry.becomes, work.facts(profile), now);
    if (verdict.holds && watch.held === false && journey.status === 'live') {
      enterWatched(work, journey, profile, { entryId: `flip:${String(watch.at)}`, now });
    }
    return { ...watch, held: verdict.holds, at: verdict.flipsAt };
  }
  if (!('date' in entry) || watch.at === null) return { ...watch, at: null };
  const zone = profile.zone ?? work.input.settings.defaultZone;
  const day = new Date(watch.at).toISOString().slice(0, 10);
  if (now - watch.at <= DATE_GRACE_MS && journey.status === 'live') {
    const dated = { kind: 'date', id: day, at: watch.at, event: null, properties: {} } as const;
    // The year is the entry key: a person whose zone changes on the day still has one birthday.
    tryEnter(work, journey, profile, { entry: dated, entryKey: day.slice(0, 4) });
  }
  const value = profile.attributes[entry.date.attribute] ?? null;
  return { ...watch, at: nextDateOccurrence(value, entry.date, zone, watch.at) };
}

/**
 * A definition brought a profile into a segment, or out of one: journeys that ask for it know that
 * it was so, and nobody comes in by it. What is due by time is left to `watchDue`, which does begin
 * runs: for what time alone has made true, whatever the definition says.
 */
export function watchFilled(work: Work, before: Profile, filled: Profile): Profile {
  if (before.segments === filled.segments) return filled;
  const { now } = work.input;
  let watches = filled.watches;
  for (const { key, version, definition } of work.input.journeys) {
    const { entry } = definition;
    const known = watches[key];
    if (!('becomes' in entry) || known?.version !== version) continue;
    if (!reads(entry.becomes).segments) continue;
    const { holds, flipsAt } = evaluate(entry.becomes, work.facts(filled), now);
    const isDue = known.at !== null && known.at <= now;
    if (!isDue) watches = { ...watches, [key]: { version, held: holds, at: flipsAt } };
    else if (holds && !evaluate(entry.becomes, work.facts(before), now).holds) {
      watches = { ...watches, [key]: { ...known, held: true } };
    }
  }
  return withWatches(filled, watches);
}

/** First look at a profile for a journey just published. */
export function watchPublished(work: Work, journey: LiveJourney, profile: Profile): Profile {
  const known = profile.watches[journey.key];
  if (known?.version === journey.version) return profile;
  const { entry } = journey.definition;
  const { now } = work.input;
  let watch: Watch | null = null;
  if ('becomes' in entry) {
    const verdict = evaluate(entry.becomes, work.facts(profile), now);
    if (verdict.holds && includesCurrent(journey, null, profile) && journey.status === 'live') {
      const entryId = `current@${String(journey.version)}`;
      enterWatched(work, journey, profile, { entryId, now });
    }
    watch = { version: journey.version, held: verdict.holds, at: verdict.flipsAt };
  }
  if ('date' in entry) {
    const zone = profile.zone ?? work.input.settings.defaultZone;
    const value = profile.attributes[entry.date.attribute] ?? null;
    const at = nextDateOccurrence(value, entry.date, zone, journey.publishedAt);
    watch = { version: journey.version, held: null, at };
  }
  if (watch === null) return profile;
  return withWatches(profile, { ...profile.watches, [journey.key]: watch });
}
