import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import { CONSENT_WHEN_UNKNOWN } from '#domain/message/gate.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import { createEventStore } from '#events/event-store.ts';
import type { Mongo } from '#platform/mongo.ts';
import { RetentionSetting } from '#platform/retention.ts';
import { countCondition, type Counted } from '#segments/count-condition.ts';
import { createLiveSegments } from '#segments/live-segments.ts';
import { LOOKED_MAX } from '#segments/look-at-profiles.ts';
import { openTestDatabase } from './support/tracking-app.ts';

/** A little more than are looked at one by one; every fifth is in Poland. */
const CROWD = LOOKED_MAX + 1_000;
const IN_POLAND = CROWD / 5;

let mongo: Mongo;
beforeAll(async () => {
  mongo = await openTestDatabase('segment-count');
  await mongo.collections.profiles.insertMany(
    Array.from({ length: CROWD }, (_, index) => ({
      ...newProfile(`p${String(index)}`, 0, 1_000),
      attributes: index % 5 === 0 ? { country: 'PL' } : {},
    })),
  );
}, 60_000);
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

async function count(input: object): Promise<Counted> {
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
    past: (ids: readonly string[], asked: ReadonlyMap<string, number>) => events.past(ids, asked),
    given: { settings, now: 2_000 },
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
});
