import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseCampaign } from '#domain/campaign/campaign.ts';
import { recipientsOf } from '#campaigns/campaign-document.ts';
import { drawPlace } from '#domain/campaign/draw-place.ts';
import { dueIn } from '#domain/campaign/schedule.ts';
import { campaignDesk } from './support/campaign-desk.ts';
import { segmentDesk } from './support/segment-desk.ts';
import { pass, ShopCustomer } from './support/shop-customer.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const READERS = 300;
/** Of them, at the end of the list. */
const REFUSED = 10;
const WITHOUT_MAIL = 5;
const ZONES = ['Europe/Kyiv', 'America/New_York', 'Pacific/Auckland'];
const NEWS = { segment: 'readers', template: 'news', channel: 'email' };

let kairos: WholeKairos;
const desk = campaignDesk(() => kairos);
const { define, live } = segmentDesk(() => kairos);

const mailOf = (number: number): string => `reader-${String(number)}@shop.example`;
const numbers = Array.from({ length: READERS }, (_, number) => number);

beforeAll(async () => {
  kairos = await WholeKairos.start('campaigns', {
    env: { KAIROS_PROVIDER_RATES: 'twilio=20', KAIROS_RECEIPT_WAIT_S: '8' },
  });
  await template('news', 'News for {{ profile.first_name }}');
  await template('other', 'Something else');
  await template('again', 'Once more');
  const calls = numbers.map((number) => ({
    type: 'identify',
    userId: `reader-${String(number)}`,
    traits: {
      group: 'readers',
      first_name: `Reader ${String(number)}`,
      timezone: ZONES[number % ZONES.length],
      ...(number < READERS - WITHOUT_MAIL && { email: mailOf(number) }),
    },
  }));
  for (let from = 0; from < calls.length; from += 100) {
    await kairos.track('batch', { batch: calls.slice(from, from + 100) });
  }
  await define('readers', { condition: { attribute: 'group', is: 'readers' } });
  await live('readers');
  await kairos.until('all readers in their segment', async () => {
    const { size } = await kairos.call<{ size: number }>('GET', '/v1/segments/readers');
    return size === READERS ? true : null;
  });
  for (const number of numbers.slice(-(WITHOUT_MAIL + REFUSED), -WITHOUT_MAIL)) {
    const identity = encodeURIComponent(`external:reader-${String(number)}`);
    const refusal = { granted: false, source: 'test' };
    await kairos.call('PUT', `/v1/profiles/${identity}/consents/email`, refusal);
  }
}, 180_000);

afterAll(() => kairos.stop());

async function template(key: string, subject: string): Promise<void> {
  const email = { subject, html: '<p><a href="{{ links.unsubscribe }}">Leave</a></p>' };
  const content = { email, push: { title: subject, body: subject }, sms: { text: subject } };
  await kairos.call('PUT', `/v1/templates/${key}`, { key, languages: { en: content } });
}

/** Everybody who can be reached by mail and did not refuse it. */
const reachable = numbers.slice(0, READERS - WITHOUT_MAIL - REFUSED).map(mailOf);
const sorted = (mails: { to: string }[]): string[] => mails.map(({ to }) => to).sort();

describe('a campaign', () => {
  it('reaches everybody in its segment once, and says what became of all others', async () => {
    const bounced = reachable.slice(0, 7);
    await kairos.rules(
      ...bounced.map((to) => ({ channel: 'email' as const, to, outcome: 'bounce' as const })),
    );
    await desk.begin('plain', NEWS);
    await desk.done('plain');
    const told = await desk.until(
      'all receipts',
      'plain',
      ({ counts }) => counts.sent === 0 && counts.failed === bounced.length,
    );
    expect(told.counts).toEqual({
      ...{ pending: 0, sent: 0, unknown: 0, stopped: 0 },
      delivered: reachable.length - bounced.length,
      failed: bounced.length,
      suppressed: WITHOUT_MAIL + REFUSED,
    });
    expect(told.reasons).toEqual({ suppressed: { noAddress: WITHOUT_MAIL, noConsent: REFUSED } });
    expect(sorted(await desk.mails('plain'))).toEqual([...reachable].sort());
    const refused = `external:reader-${String(READERS - WITHOUT_MAIL - 1)}`;
    const support = await kairos.call('GET', `/v1/support/${encodeURIComponent(refused)}`);
    expect(support.otherMessages).toMatchObject([
      {
        ...{ journey: 'campaign:plain', channel: 'email', status: 'suppressed' },
        ...{
          reason: 'noConsent',
          reasonWords: expect.stringContaining('not consented') as unknown,
        },
      },
    ]);
    // Nobody whose mailbox is gone is written to again by the others here.
    for (const address of bounced) {
      await kairos.call('POST', '/v1/suppressions/lift', { channel: 'email', address });
    }
    await kairos.rules();
  }, 120_000);

  it('is not sent twice, nor changed once it was started', async () => {
    await expect(
      kairos.call('POST', '/v1/campaigns', { key: 'plain', name: 'x', ...NEWS }),
    ).rejects.toThrow('409');
    await expect(desk.order('plain', 'start')).rejects.toThrow('new key');
    await expect(kairos.call('PUT', '/v1/campaigns/plain', { name: 'x', ...NEWS })).rejects.toThrow(
      '409',
    );
  });

  it('does not start without what it needs, and names it', async () => {
    const lacking = { segment: 'nobody', template: 'news', channel: 'viber' };
    await kairos.call('PUT', '/v1/campaigns/lacking', { name: 'Lacking', ...lacking });
    const start = desk.order('lacking', 'start');
    await expect(start).rejects.toThrow(/422.*#\/segment.*#\/template.*viber/);
    expect(await desk.read('lacking')).toMatchObject({ status: 'draft', audience: 0 });
    const again = { ...NEWS, channel: 'sms', resend: { after: 'P1D' } };
    await kairos.call('PUT', '/v1/campaigns/unheard', { name: 'Unheard', ...again });
    await expect(desk.order('unheard', 'start')).rejects.toThrow(/422.*#\/resend/);
  });
});

describe('a campaign with a rate', () => {
  it('keeps to it, pauses where it is, goes on, and reaches everybody once', async () => {
    await desk.begin('paced', { ...NEWS, ratePerMinute: 3_000 });
    const before = await desk.until('begun', 'paced', ({ progress }) => progress.ended > 20);
    expect(before.progress.secondsLeft).toBeGreaterThan(0);
    expect(await desk.order('paced', 'pause')).toMatchObject({ status: 'paused' });
    // Its activity has seen the pause once it was called anew.
    await kairos.until('the pause seen', async () => {
      const stored = await campaign('paced');
      return stored?.controlled === stored?.revision ? true : null;
    });
    const paused = await desk.mails('paced');
    expect(paused.length).toBeLessThan(reachable.length);
    await pass(1_000);
    expect(await desk.mails('paced')).toHaveLength(paused.length);
    expect(await desk.order('paced', 'resume')).toMatchObject({ status: 'sending' });
    const done = await desk.done('paced');
    expect(done.counts).toMatchObject({ pending: 0, suppressed: WITHOUT_MAIL + REFUSED });
    expect(sorted(await desk.mails('paced'))).toEqual([...reachable].sort());
    const { messages } = kairos.mongo.collections;
    const sent = await messages.find({ campaign: 'paced', attempts: 1 }).toArray();
    const at = sent.map(({ createdAt }) => createdAt).sort((a, b) => a - b);
    // One each 20 ms, and what is made up for after a late timer: a second's worth, at each start.
    const least = (at.length - 2 * 51) * 20;
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(least);
  }, 120_000);

  it('stops for good, and counts whom it did not come to', async () => {
    await desk.begin('stopped', { ...NEWS, ratePerMinute: 1_200 });
    await desk.until('begun', 'stopped', ({ progress }) => progress.ended > 10);
    await desk.order('stopped', 'stop');
    const over = await desk.until('over', 'stopped', ({ counts }) => counts.pending === 0);
    const mails = await desk.mails('stopped');
    expect(over.counts.stopped).toBeGreaterThan(0);
    expect((over.counts.sent ?? 0) + (over.counts.delivered ?? 0)).toBe(mails.length);
    await expect(desk.order('stopped', 'resume')).rejects.toThrow('409');
    await pass(1_000);
    expect(await desk.mails('stopped')).toHaveLength(mails.length);
  }, 120_000);
});

describe('a campaign whose worker is killed', () => {
  it('goes on where it was: nobody gets it twice, and nobody is forgotten', async () => {
    await desk.begin('killed', { ...NEWS, ratePerMinute: 6_000 });
    for (const least of [30, 120]) {
      await desk.until('under way', 'killed', ({ progress }) => progress.ended > least);
      await kairos.kill('worker');
      kairos.run('worker');
    }
    const done = await desk.done('killed');
    const { suppressed, pending, failed, stopped, ...sent } = done.counts;
    expect([suppressed, pending, failed, stopped]).toEqual([WITHOUT_MAIL + REFUSED, 0, 0, 0]);
    expect(Object.values(sent).reduce((sum, count) => sum + count, 0)).toBe(reachable.length);
    expect(sorted(await desk.mails('killed'))).toEqual([...reachable].sort());
  }, 180_000);
});

describe('a campaign with an experiment and a second message', () => {
  const definition = {
    ...NEWS,
    experiment: {
      variants: [{ key: 'a' }, { key: 'b', template: 'other' }],
      share: 40,
      winner: { by: 'opens', after: 'PT4S' },
    },
    resend: { after: 'PT2S', template: 'again' },
  };

  it('gives the rest what was opened most, and writes again to those alone who did not open', async () => {
    const { inVariant, inRest } = await placesIn('tested', definition);
    const inB = inVariant('b');
    expect(Math.min(inB.length, inRest.length)).toBeGreaterThan(10);
    await kairos.rules(
      ...inB.map((to) => ({ channel: 'email' as const, to, outcome: 'open' as const })),
    );
    await desk.begin('tested', definition);
    const done = await desk.done('tested');
    expect(done.experiment).toMatchObject({
      winner: 'b',
      results: [
        { variant: 'a', opened: 0 },
        { variant: 'b', sent: inB.length, opened: inB.length },
      ],
    });
    const { messages } = kairos.mongo.collections;
    const first = await messages.find({ campaign: 'tested', step: 'send', attempts: 1 }).toArray();
    const got = first.filter(({ template: name }) => name === 'other').length;
    expect(got).toBe(inB.length + inRest.length);
    const mails = await desk.mails('tested');
    const second = mails.filter(({ messageId }) => messageId.includes(':resend/'));
    const unopened = reachable.filter((to) => !inB.includes(to));
    expect(sorted(second)).toEqual([...unopened].sort());
    expect(mails).toHaveLength(reachable.length + second.length);
    expect(done.resend?.audience).toBe(unopened.length);
    const sum = Object.values(done.resend?.counts ?? {}).reduce((total, one) => total + one, 0);
    expect(sum).toBe(unopened.length);
    await kairos.rules();
  }, 120_000);

  /** Who of the reachable is given what. */
  async function placesIn(key: string, of: object) {
    const parsed = parseCampaign({ key, name: key, ...of });
    const identities = await kairos.mongo.collections.identities
      .find({ _id: { $in: reachable.map((to) => `email:${to}`) } })
      .toArray();
    const placeOf = new Map(
      identities.map(({ _id, profileId }) => [
        _id.slice('email:'.length),
        drawPlace(parsed, profileId),
      ]),
    );
    return {
      inVariant: (name: string) => reachable.filter((to) => placeOf.get(to)?.variant === name),
      inRest: reachable.filter((to) => placeOf.get(to)?.wave === 'rest'),
    };
  }
});

describe('a campaign at the same hour in every zone', () => {
  it('is due for each on their own clock, and can be stopped while it waits', async () => {
    await desk.begin('hour', { ...NEWS, localTime: '10:00' });
    await desk.until('its audience taken', 'hour', ({ audience }) => audience === READERS);
    const begunAt = (await campaign('hour'))?.begunAt ?? NaN;
    const recipients = await recipientsOf(kairos.mongo.db).find({ campaign: 'hour' }).toArray();
    const due = new Set(recipients.map(({ dueAt }) => dueAt));
    expect(due).toEqual(new Set(ZONES.map((zone) => dueIn('10:00', zone, begunAt))));
    await desk.order('hour', 'stop');
    const over = await desk.until('over', 'hour', ({ counts }) => counts.pending === 0);
    expect(over.counts.stopped).toBe(READERS);
    expect(await desk.mails('hour')).toEqual([]);
  }, 60_000);
});

describe('a campaign in several channels', () => {
  it('goes on to the next where nothing is heard, and over the queue of a provider with a rate', async () => {
    const people = await Promise.all(
      Array.from({ length: 6 }, () =>
        ShopCustomer.join(kairos, {
          has: ['push', 'sms'],
          traits: { group: 'movers', first_name: 'Mover' },
        }),
      ),
    );
    await define('movers', { condition: { attribute: 'group', is: 'movers' } });
    await live('movers');
    for (const { identity } of people) {
      await kairos.until(`${identity} known`, async () => {
        const consents = `/v1/profiles/${encodeURIComponent(identity)}/consents/sms`;
        const granted = { granted: true, source: 'test' };
        return kairos.call('PUT', consents, granted).then(
          () => true,
          () => null,
        );
      });
    }
    await kairos.rules({ channel: 'push', outcome: 'silent' });
    const cascade = [{ channel: 'push', patience: 'PT2S' }, { channel: 'sms' }];
    await desk.begin('cascade', { segment: 'movers', template: 'news', cascade });
    const done = await desk.done('cascade');
    expect(done).toMatchObject({ audience: 6, counts: { delivered: 6, failed: 0, suppressed: 0 } });
    for (const person of people) expect(await person.reachedOn()).toEqual(['push', 'sms']);
  }, 120_000);
});

function campaign(key: string) {
  return kairos.mongo.db
    .collection<{ _id: string; controlled: number; revision: number; begunAt: number | null }>(
      'campaigns',
    )
    .findOne({ _id: key });
}
