import { runEvent } from '#domain/apply/enter.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Journey } from '#domain/journey/journey.ts';
import { entryKeyOf, entryMatches, exitMatches } from '#domain/journey/match-entry.ts';
import { mayEnter } from '#domain/journey/may-enter.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { durationWords } from '#domain/time/duration-words.ts';
import type { StoredJourney, StoredRun } from '#platform/documents.ts';

/** Why somebody is not in a journey, as far as what is kept can tell; stable words for programs. */
export const ABSENCES = [
  'notPublished',
  'paused',
  'stopped',
  'noEntryEvent',
  'whereNotMet',
  'beforePublish',
  'notYetApplied',
  'setAside',
  'exitSeen',
  'reentry',
  'whenNotMet',
  'noDate',
  'dateNotDue',
  'conditionNotMet',
  'notAsked',
  'unclear',
] as const;

export interface Absence {
  reason: (typeof ABSENCES)[number];
  /** Epoch ms of the event it is about, or of the instant to come; null where there is none. */
  at: number | null;
  words: string;
}

type Past = Pick<StoredRun, 'entryKey' | 'enteredAt' | 'status'> & { entry: { id: string } };

/** What is known of one person and one journey. */
export interface AbsenceFacts {
  journey: Pick<StoredJourney, '_id' | 'status' | 'updatedAt'>;
  /** The latest published definition and the instant of the first; null: never published. */
  published: { definition: Journey; firstAt: number } | null;
  /** This person's runs of the journey. */
  runs: readonly Past[];
  /** This person's latest events of the names the entry and the exits care for, newest first. */
  events: readonly StoredEvent[];
  profile: Pick<Profile, '_id' | 'attributes' | 'watches' | 'zone'>;
  defaultZone: string;
}

/**
 * Why this person is not in the journey, or did not get in again by the latest event that could
 * have let them in. Null where there is nothing to explain: that event began a run.
 */
export function explainAbsence(facts: AbsenceFacts): Absence | null {
  const { journey, published, runs } = facts;
  if (published === null) {
    return { reason: 'notPublished', at: null, words: 'it was never published' };
  }
  const { entry } = published.definition;
  if ('event' in entry) return byEvent(facts, published, entry.event);
  if (runs.length > 0) return null;
  if (journey.status !== 'live') return notLive(journey);
  if ('date' in entry) return byDate(facts, entry.date.attribute);
  if ('becomes' in entry) {
    const words = 'its condition has not become true for this customer since it was published';
    return { reason: 'conditionNotMet', at: facts.profile.watches[journey._id]?.at ?? null, words };
  }
  return { reason: 'notAsked', at: null, words: 'nobody has asked for a run by the API' };
}

function notLive(journey: AbsenceFacts['journey']): Absence {
  const reason = journey.status === 'stopped' ? 'stopped' : 'paused';
  return { reason, at: journey.updatedAt, words: `it is ${reason} and lets nobody in` };
}

function byDate({ journey, profile }: AbsenceFacts, attribute: string): Absence {
  if (profile.attributes[attribute] == null) {
    return { reason: 'noDate', at: null, words: `the profile has no "${attribute}"` };
  }
  const at = profile.watches[journey._id]?.at ?? null;
  return at === null
    ? { reason: 'noDate', at, words: `"${attribute}" gives no date that is still to come` }
    : { reason: 'dateNotDue', at, words: `the day by "${attribute}" is still to come` };
}

type Published = NonNullable<AbsenceFacts['published']>;

function byEvent(facts: AbsenceFacts, published: Published, name: string): Absence | null {
  const named = facts.events.filter((event) => event.name === name);
  const [latest] = named;
  if (latest === undefined) {
    if (facts.runs.length > 0) return null;
    return facts.journey.status === 'live'
      ? { reason: 'noEntryEvent', at: null, words: `no event "${name}" of this customer is known` }
      : notLive(facts.journey);
  }
  const entering = named.find((event) => entryMatches(published.definition, runEvent(event)));
  if (entering === undefined) {
    if (facts.runs.length > 0) return null;
    const words = `"${name}" came, but never such that the entry's "where" holds`;
    return { reason: 'whereNotMet', at: latest.receivedAt, words };
  }
  if (facts.runs.some(({ entry }) => entry.id === entering._id)) return null;
  return refusal(facts, published, entering);
}

/** Why the latest event that fits the entry began no run; the surest reason first. */
function refusal(facts: AbsenceFacts, published: Published, event: StoredEvent): Absence {
  const { journey } = facts;
  const told = (reason: Absence['reason'], words: string): Absence => ({
    reason,
    at: event.receivedAt,
    words: `"${event.name}" came, but ${words}`,
  });
  if (event.state === 'accepted') return told('notYetApplied', 'it is still waiting to be applied');
  if (event.fault !== undefined)
    return told('setAside', 'it could not be applied and was set aside');
  if (event.receivedAt < published.firstAt) {
    return told('beforePublish', 'before the journey was published for the first time');
  }
  if (journey.status !== 'live' && event.receivedAt >= journey.updatedAt) {
    return told(
      journey.status === 'stopped' ? 'stopped' : 'paused',
      `the journey was ${journey.status}`,
    );
  }
  const exit = exitSeen(facts, published.definition, event);
  if (exit !== null)
    return told(
      'exitSeen',
      `the exit "${exit}" was known by then, so a run would have been pointless`,
    );
  const rule = reentryRule(facts, published.definition, event);
  if (rule !== null) return told('reentry', rule);
  const { entry } = published.definition;
  if ('event' in entry && entry.when !== undefined) {
    return told('whenNotMet', 'the entry\'s condition "when" did not hold at that moment');
  }
  return told('unclear', 'nothing that is kept says why: perhaps the journey was not live then');
}

/** An exit that makes the run pointless: it happened at or after what would have begun it. */
function exitSeen(
  { events }: AbsenceFacts,
  definition: Journey,
  entering: StoredEvent,
): string | null {
  const { _id: id, occurredAt: at, properties } = entering;
  const entry = { kind: 'event', id, at, event: runEvent(entering), properties } as const;
  for (const event of events) {
    // What came later found a run, if there was one to find.
    if (event._id === id || event.receivedAt > entering.receivedAt) continue;
    if (event.occurredAt < at) continue;
    const exit = exitMatches(definition, entry, runEvent(event));
    if (exit !== null) return exit.event;
  }
  return null;
}

function reentryRule(facts: AbsenceFacts, definition: Journey, event: StoredEvent): string | null {
  const key = entryKeyOf(definition, runEvent(event));
  const prior = facts.runs.filter(
    (run) => run.entryKey === key && run.enteredAt < event.receivedAt,
  );
  if (prior.length === 0) return null;
  const lastEntryAt = Math.max(...prior.map((run) => run.enteredAt));
  const before = {
    ever: true,
    running: prior.some((run) => run.status === 'running'),
    lastEntryAt,
  };
  const zone = facts.profile.zone ?? facts.defaultZone;
  const { reentry } = definition.entry;
  if (mayEnter(reentry, before, event.receivedAt, zone)) return null;
  const last = `the last entry was ${new Date(lastEntryAt).toISOString()}`;
  if (reentry === 'oneAtATime')
    return `a run was under way and only one at a time is let in (${last})`;
  if (typeof reentry === 'object') {
    return `re-entry is open only ${durationWords(reentry.after)} after the last entry (${last})`;
  }
  return `the journey lets nobody in twice (${last})`;
}
