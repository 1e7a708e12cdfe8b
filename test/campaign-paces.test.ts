import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { campaignDesk } from './support/campaign-desk.ts';
import { campaignTemplate } from './support/campaign-readers.ts';
import { segmentDesk } from './support/segment-desk.ts';
import { ShopCustomer } from './support/shop-customer.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const NEWS = { segment: 'zoned', template: 'news', channel: 'email' };

let kairos: WholeKairos;
const desk = campaignDesk(() => kairos);
const { define, live, isIn } = segmentDesk(() => kairos);

beforeAll(async () => {
  kairos = await WholeKairos.start('campaign-paces', {
    env: { KAIROS_PROVIDER_RATES: 'twilio=20' },
  });
  await campaignTemplate(kairos, 'news', 'News');
}, 120_000);

afterAll(() => kairos.stop());

/** A segment of these people, who have its name as their group. */
async function gather(segment: string, people: readonly string[]): Promise<void> {
  await define(segment, { condition: { attribute: 'group', is: segment } });
  await live(segment);
  for (const identity of people) {
    await kairos.until(`${identity} known`, () =>
      kairos.call('GET', `/v1/profiles/${identity}`).catch(() => null),
    );
    await isIn(identity, segment);
  }
}

describe('a campaign at the same hour in every zone', () => {
  it('goes to those whose hour it is, while the others wait for theirs', async () => {
    const zones = { near: 'UTC', far: 'Asia/Tokyo' };
    for (const [name, timezone] of Object.entries(zones)) {
      const traits = { group: 'zoned', timezone, email: `${name}@shop.example` };
      await kairos.track('identify', { userId: name, traits });
    }
    await gather(
      'zoned',
      Object.keys(zones).map((name) => `external:${name}`),
    );
    // The next minute, or the one after where that is about to strike.
    const localTime = new Date(Date.now() + 75_000).toISOString().slice(11, 16);
    await desk.begin('struck', { ...NEWS, localTime });
    const taken = await desk.until(
      'its audience taken',
      'struck',
      ({ audience }) => audience === 2,
    );
    expect(taken.counts).toMatchObject({ pending: 2 });
    const struck = await desk.until('sent', 'struck', ({ counts }) => counts.delivered === 1);
    expect(struck.counts).toMatchObject({ pending: 1, sent: 0, suppressed: 0, failed: 0 });
    expect(await desk.mails('struck')).toMatchObject([{ to: 'near@shop.example' }]);
    await desk.order('struck', 'stop');
    await desk.until('over', 'struck', ({ counts }) => counts.stopped === 1);
    expect(await desk.mails('struck')).toHaveLength(1);
  }, 120_000);
});

describe('a campaign with a rate', () => {
  it('keeps its own rate over the queue of a provider that has another', async () => {
    const context = { consent: { categoryPreferences: { sms: true } } };
    const known = { traits: { group: 'texted' }, context };
    const people = await Promise.all(
      Array.from({ length: 6 }, () => ShopCustomer.join(kairos, { ...known, has: ['sms'] })),
    );
    await gather(
      'texted',
      people.map(({ identity }) => identity),
    );
    const texts = { segment: 'texted', template: 'news', channel: 'sms' };
    await desk.begin('slow', { ...texts, ratePerMinute: 60 });
    const { counts } = await desk.done('slow');
    expect(counts).toMatchObject({ pending: 0, failed: 0, suppressed: 0 });
    const { messages } = kairos.mongo.collections;
    const sent = await messages.find({ campaign: 'slow' }).toArray();
    const at = sent.map(({ createdAt }) => createdAt).sort((a, b) => a - b);
    expect(at).toHaveLength(6);
    // One a second, and one that a late timer is made up for by.
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(3_500);
  }, 120_000);
});
