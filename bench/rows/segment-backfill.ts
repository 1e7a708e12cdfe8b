import type { StoredEvent } from '#domain/event/event.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import type { Ground } from '../ground.ts';
import { inLanes, knowCustomers, post, productViewed, range } from '../load.ts';
import { memoryMb } from '../process-usage.ts';
import { expectCount, type Figures, type LineSpec, type Row } from '../row.ts';
import { onlySegments } from '../segments.ts';
import { percentile } from '../statistics.ts';

const PROFILES = { full: 1_000_000, quick: 20_000, smoke: 300 };
const EVENTS_EACH = 10;
/** Live events before the filling begins; while it works they go on coming. */
const SAMPLES = { full: 300, quick: 50, smoke: 5 };
const EVERY_MS = 100;
const LIVE_CUSTOMERS = 50;

/** Profiles made at once: with their events twenty megabytes in this process. */
const MADE_AT_ONCE = 2_000;
const LANES = 2;
const WITHIN_MS = 3 * 3_600_000;
const LOOK_EVERY_MS = 3;

const KEY = 'looked-lately';
const CONDITION = { event: 'Product Viewed', atLeast: 3, within: 'P30D' };
/** Days over which the views of everybody are spread. */
const SPREAD_DAYS = 60;

const PROCESSES = { worker: 'worker', mongod: 'MongoDB', api: 'API' } as const;
/** What is promised is at most a third more. */
const A_THIRD_MORE = 0.75;

const slower = (figure: string, what: string): LineSpec => ({
  what,
  side: 'filling',
  ...{ figure, unit: 'ms' },
  against: { side: 'quiet', label: 'before it', better: 'less', target: A_THIRD_MORE },
});

export const segmentBackfill: Row = {
  name: 'segment-backfill',
  title: 'A new segment of a counted window fills: 1,000,000 profiles with 10 events each',
  once: true,
  whenNamed: true,
  lines: [
    { what: 'profiles looked at', side: 'filling', figure: 'perSecond', unit: '/s' },
    { what: 'the whole of it', side: 'filling', figure: 'seconds', unit: 's' },
    slower('p50Ms', 'event → routed meanwhile, p50'),
    slower('p95Ms', 'event → routed meanwhile, p95'),
    ...Object.entries(PROCESSES).map(([name, title]): LineSpec => ({
      what: `memory, at most: ${title}`,
      side: 'filling',
      ...{ figure: `${name}Mb`, unit: 'MB' },
    })),
  ],
  async prepare(ground) {
    await knowCustomers(ground, LIVE_CUSTOMERS);
    await onlySegments(ground.kairos, []);
    const expected = await makeProfiles(ground, ground.scale(PROFILES));
    return {
      sides: {
        quiet: () => live(ground, enough(ground.scale(SAMPLES))),
        filling: () => fill(ground, expected),
      },
    };
  },
};

/** Answers how many of them are in the segment. */
async function makeProfiles({ kairos }: Ground, count: number): Promise<number> {
  const { profiles, events } = kairos.mongo.collections;
  const now = Date.now();
  let members = 0;
  await inLanes(range(0, Math.ceil(count / MADE_AT_ONCE)), LANES, async (page) => {
    const numbers = range(page * MADE_AT_ONCE, Math.min(count, (page + 1) * MADE_AT_ONCE));
    const made: Profile[] = [];
    const views: StoredEvent[] = [];
    for (const number of numbers) {
      const own = range(0, EVENTS_EACH).map((view) => viewOf(number, view, now));
      const lately = own.filter(({ occurredAt }) => occurredAt > now - 30 * DAY_MS);
      if (lately.length >= CONDITION.atLeast) members += 1;
      views.push(...own);
      made.push(profileOf(number, own));
    }
    await profiles.insertMany(made, { ordered: false });
    await events.insertMany(views, { ordered: false });
  });
  expectCount('events made', await made(events), count * EVENTS_EACH);
  return members;
}

function made(events: Ground['kairos']['mongo']['collections']['events']): Promise<number> {
  return events.countDocuments({ _id: { $regex: '^made-' } });
}

const idOf = (number: number): string => `made-${String(number).padStart(8, '0')}`;

function profileOf(number: number, views: readonly StoredEvent[]): Profile {
  const seen = views.map(({ occurredAt }) => occurredAt);
  const [first, last] = [Math.min(...seen), Math.max(...seen)];
  const blank = newProfile(idOf(number), partitionOf(idOf(number)), first);
  return {
    ...blank,
    revision: 1,
    attributes: { email: `${idOf(number)}@shop.example`, first_name: 'Reader', city: 'Lviv' },
    attributeTimes: { email: first, first_name: first, city: first },
    traits: { ...blank.traits, first_seen_at: first, last_seen_at: last },
    lastEventAt: { 'Product Viewed': last },
  };
}

/** Half a day away from the edge of the window, so that who is in does not depend on the hour. */
function viewOf(number: number, view: number, now: number): StoredEvent {
  const daysAgo = (number * 7 + view * 11) % SPREAD_DAYS;
  const at = now - daysAgo * DAY_MS - DAY_MS / 2;
  const profileId = idOf(number);
  return {
    _id: `${profileId}-${String(view)}`,
    ...{ profileId, partition: partitionOf(profileId), kind: 'track', name: 'Product Viewed' },
    ...{ occurredAt: at, receivedAt: at, appliedAt: at, place: 0, source: 'server' },
    properties: { product_id: `p-${String(view)}`, name: 'Walking boots', price: 59.9 },
    state: 'routed',
  };
}

async function fill(ground: Ground, expected: number): Promise<Figures> {
  const { kairos } = ground;
  const count = ground.scale(PROFILES);
  const most: Record<string, number> = {};
  const startedAt = performance.now();
  await kairos.call('PUT', `/v1/segments/${KEY}`, { name: KEY, condition: CONDITION });
  let seconds = NaN;
  const isOver = async (): Promise<boolean> => {
    for (const name of Object.keys(PROCESSES)) {
      const now = memoryMb(ground.pids[name] ?? NaN);
      most[`${name}Mb`] = Math.max(most[`${name}Mb`] ?? now, now);
    }
    const { filledAt } = (await kairos.mongo.collections.segments.findOne({ _id: KEY })) ?? {};
    if (filledAt == null) return performance.now() - startedAt > WITHIN_MS;
    seconds = (performance.now() - startedAt) / 1_000;
    return true;
  };
  const figures = await live(ground, isOver);
  if (Number.isNaN(seconds)) throw new Error('the segment did not fill in time');
  const inIt = { 'segments.key': KEY, _id: { $regex: '^made-' } };
  expectCount('members', await kairos.mongo.collections.profiles.countDocuments(inIt), expected);
  return { perSecond: count / seconds, seconds, ...figures, ...most };
}

function enough(count: number): () => Promise<boolean> {
  let done = 0;
  return () => {
    done += 1;
    return Promise.resolve(done > count);
  };
}

/** One live event after the other until it is over: how long from its call until it is routed. */
async function live(ground: Ground, isOver: () => Promise<boolean>): Promise<Figures> {
  const { kairos } = ground;
  const { events } = kairos.mongo.collections;
  const tookMs: number[] = [];
  for (let number = 0; !(await isOver()) || number === 0; number += 1) {
    const call = productViewed(number % LIVE_CUSTOMERS);
    const at = performance.now();
    await post(kairos, [[call]]);
    const routed = { _id: call.messageId, state: 'routed' as const };
    while ((await events.findOne(routed, { readConcern: { level: 'local' } })) === null) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    tookMs.push(performance.now() - at);
    const rest = at + EVERY_MS - performance.now();
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
  }
  return { p50Ms: percentile(tookMs, 50), p95Ms: percentile(tookMs, 95) };
}
