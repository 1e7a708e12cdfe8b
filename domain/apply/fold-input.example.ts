import type { StoredEvent } from '#domain/event/event.ts';
import { parseJourney } from '#domain/journey/parse-journey.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { NO_SEGMENTS } from '#domain/segment/catalogue.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import type { LiveJourney } from './live-journey.ts';
import type { FoldInput, Plan } from './plan.ts';

/** What a batch is folded of, for tests that say of it only what they are about. */

export const NOW = Date.UTC(2026, 10, 22, 12);
const settings = {
  shopCurrency: 'USD',
  defaultZone: 'UTC',
  consentWhenUnknown: { email: 'allow', push: 'allow', sms: 'deny' } as const,
};

let received = NOW;

/** Each comes in a millisecond after the one before. */
export function event(name: string, more: Partial<StoredEvent> = {}): StoredEvent {
  received += 1;
  return {
    _id: `event-${String(received)}`,
    profileId: 'p',
    partition: 0,
    kind: 'track',
    name,
    occurredAt: received,
    receivedAt: received,
    place: 0,
    source: 'server',
    properties: {},
    state: 'accepted',
    ...more,
  };
}

/** Published a day ago; with one step, unless said otherwise. */
export function live(definition: Record<string, unknown>): LiveJourney {
  const parsed = parseJourney({
    name: 'Test',
    start: 'leave',
    steps: { leave: { end: 'done' } },
    ...definition,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const { journey } = parsed;
  return {
    key: journey.key,
    version: 1,
    status: 'live',
    publishedAt: NOW - DAY_MS,
    definition: journey,
  };
}

/** Folded right after the last event that was made. */
export function input(events: StoredEvent[], more: Partial<FoldInput> = {}): FoldInput {
  return {
    events,
    profiles: new Map(),
    orders: new Map(),
    pastEvents: new Map(),
    priorRuns: [],
    journeys: [],
    segments: NO_SEGMENTS,
    settings,
    now: received + 1,
    ...more,
  };
}

export function profileAfter(plan: Plan, id = 'p'): Profile {
  const found = plan.profiles.find(({ profile }) => profile._id === id);
  if (found === undefined) throw new Error('not in the plan');
  return found.profile;
}
