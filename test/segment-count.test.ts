import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import { CONSENT_WHEN_UNKNOWN } from '#domain/message/gate.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { createEventStore } from '#events/event-store.ts';
import { hashAddress } from '#messages/is-suppressed.ts';
import { suppressAddress } from '#messages/suppress-address.ts';
import { suppressedAmong } from '#messages/suppressed-among.ts';
import type { StoredSegment } from '#platform/documents.ts';
import type { Mongo } from '#platform/mongo.ts';
import { RetentionSetting } from '#platform/retention.ts';
import { countCondition, type Counted } from '#segments/count-condition.ts';
import { createLiveSegments } from '#segments/live-segments.ts';
import { LOOKED_MAX, lookAtProfiles, type Share } from '#segments/look-at-profiles.ts';
import { overlapOf, reachOf } from '#segments/measure-segment.ts';
import { listSegments } from '#segments/read-segment.ts';
import { openTestDatabase } from './support/tracking-app.ts';

/** A little more than are looked at one by one; every fifth is in Poland. */
const CROWD = LOOKED_MAX + 1_000;
const IN_POLAND = CROWD / 5;
/** In one segment, each with an address. */
const FEW = 4;

let mongo: Mongo;
beforeAll(async () => {
  mongo = await openTestDatabase('segment-count');
  await mongo.collections.profiles.insertMany(
    Array.from({ length: CROWD }, (_, index) => ({
      ...newProfile(`p${String(index)}`, 0, 1_000),
      attributes: {
        ...(index % 5 === 0 ? { country: 'PL' } : {}),
        ...(index < FEW ? { email: `few-${String(index)}@shop.example` } : {}),
      },
      consents: index < FEW ? { email: { granted: index > 0, at: 0, source: 'shop' } } : {},
      segments: index < FEW ? [{ key: 'few', since: 1 }] : [],
    })),
  );
}, 60_000);
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

async function count(input: object, countWithinMs?: number): Promise<Counted> {
  const parsed = parseCondition(input);
  if (!('ok' in parsed)) throw new Error(JSON.stringify(parsed.faults));
  const c = mongo.collections;
  const events = createEventStore(c, RetentionSetting.parse(''));
  const settings = {
    shopCurrency: 'EUR',
    defaultZone: 'Europe/Kyiv',
    consentWhenUnknown: CONSENT_WHEN_UNKNOWN,
  };
  const counting = {
    collections: c,
    definitions: await createLiveSegments(c).definitions(),
    past: (...asked: Parameters<typeof events.past>) => events.past(...asked),
    given: { settings, now: 2_000 },
    ...(countWithinMs === undefined ? {} : { countWithinMs }),
  };
  return countCondition(counting, parsed.ok);
}

const POLAND = { attribute: 'country', is: 'PL' };
const NEVER = { event: 'Never' };

describe('a count of more customers than can be looked at one by one', () => {
  it('is exact where a query can say the condition', async () => {
    expect(await count(POLAND)).toMatchObject({ count: IN_POLAND, share: null });
  });

  it('is exact where a query leaves few to be looked at', async () => {
    const { count: found, share } = await count({ all: [POLAND, { not: NEVER }] });
    expect(found).toBe(IN_POLAND);
    expect(share).toMatchObject({ looked: IN_POLAND, why: null });
  });

  it('is else reckoned from some drawn at random, and says so', async () => {
    const { count: found, share } = await count({ any: [POLAND, NEVER] });
    expect(share?.of).toBe(CROWD);
    expect(share?.looked).toBeLessThanOrEqual(LOOKED_MAX);
    expect(share?.why).toContain('drawn at random');
    // Of so many drawn, five standard deviations are less than a tenth.
    expect(Math.abs(found - IN_POLAND)).toBeLessThan(IN_POLAND / 10);
  });

  it('is reckoned as well where counting takes longer than anybody waits', async () => {
    const { count: found, share } = await count({ any: [POLAND, { trait: 'x', gte: 1 }] }, 1);
    expect(share?.why).toContain('drawn at random');
    expect(Math.abs(found - IN_POLAND)).toBeLessThan(IN_POLAND / 10);
  });
});

describe('a look at some of many', () => {
  const look = async (country: string, lookedMax: number): Promise<Share & { seen: string[] }> => {
    const seen: string[] = [];
    const filter = { 'attributes.country': country };
    const visit = (page: Profile[]): Promise<void> => {
      seen.push(...page.map(({ _id }) => _id));
      return Promise.resolve();
    };
    const share = await lookAtProfiles(mongo.collections, filter, visit, { lookedMax });
    return { ...share, seen };
  };

  it('rests on as many of a middling group as of a large one, each seen once', async () => {
    const share = await look('PL', 400);
    expect(share).toMatchObject({ looked: 400, of: IN_POLAND });
    expect(new Set(share.seen).size).toBe(400);
    expect(share.seen.every((id) => Number(id.slice(1)) % 5 === 0)).toBe(true);
  });

  it('has all of a group that is small enough', async () => {
    expect(await look('PL', IN_POLAND)).toMatchObject({ looked: IN_POLAND, why: null });
  });
});

describe('a list of segments', () => {
  const segment = (key: string): StoredSegment => ({
    ...{ _id: key, name: key, condition: null, params: [], isKept: true },
    ...{ generation: 1, filledAt: 1, filling: null, createdAt: 1, updatedAt: 1 },
  });

  it('tells the sizes noted last where there is no time to count', async () => {
    const { segments, segmentSizes } = mongo.collections;
    await segments.insertMany(['few', 'unknown'].map(segment));
    const [hour, later] = [3_600_000, 7_200_000];
    const noted = { segment: 'few', entered: 0, left: 0, expiresAt: new Date() };
    await segmentSizes.insertMany([
      { ...noted, every: 'hour', _id: 'few|hour|1', at: hour, size: 2 },
      { ...noted, every: 'hour', _id: 'few|hour|2', at: later, size: 3 },
    ]);
    const page = { limit: 10, after: null };
    const now = await listSegments(mongo.collections, page);
    expect(now.rows).toMatchObject([{ size: FEW }, { size: 0 }]);
    expect(now.rows[0]).not.toHaveProperty('countedAt');
    const late = await listSegments(mongo.collections, page, 0);
    expect(late.rows).toMatchObject([{ size: 3, countedAt: later }, { size: null }]);
  });
});

describe('the overlap of two segments', () => {
  beforeAll(async () => {
    // Every fourth in one, every sixth in the other: every twelfth in both.
    const member = (every: number, key: string): object => ({
      $cond: [
        { $eq: [{ $mod: [{ $toInt: { $substrCP: ['$_id', 1, 9] } }, every] }, 0] },
        [{ key, since: 1 }],
        [],
      ],
    });
    const segments = { $concatArrays: ['$segments', member(4, 'fourth'), member(6, 'sixth')] };
    await mongo.collections.profiles.updateMany({}, [{ $set: { segments } }]);
  });

  const WHOLE = { one: CROWD / 4, other: CROWD / 6, both: CROWD / 12, either: CROWD / 3 };

  it('is counted', async () => {
    expect(await overlapOf(mongo.collections, ['fourth', 'sixth'])).toEqual({
      overlap: WHOLE,
      share: null,
    });
  });

  it('is reckoned where counting takes longer than anybody waits, and says so', async () => {
    const { overlap, share } = await overlapOf(mongo.collections, ['fourth', 'sixth'], 1);
    expect(share?.why).toContain('drawn at random');
    expect(share?.looked).toBeLessThanOrEqual(LOOKED_MAX);
    for (const name of ['one', 'other', 'both', 'either'] as const) {
      expect(Math.abs(overlap[name] - WHOLE[name])).toBeLessThan(WHOLE[name] / 5);
    }
  });
});

describe('the reach of a segment', () => {
  it('leaves out who took back consent, and at whose address nobody may be reached', async () => {
    const c = mongo.collections;
    const address = 'FEW-1@shop.example';
    const suppression = { addressHash: hashAddress('email', address), reason: 'complaint', at: 1 };
    await suppressAddress(c, { channel: 'email', ...suppression });
    const { channels, share } = await reachOf(c, 'few', {
      consentWhenUnknown: CONSENT_WHEN_UNKNOWN,
      suppressedAmong: (channel, addresses) => suppressedAmong(c, channel, addresses),
    });
    expect(share.of).toBe(FEW);
    const email = { channel: 'email', withAddress: FEW, reachable: FEW - 2 };
    expect(channels).toContainEqual(email);
  });
});
