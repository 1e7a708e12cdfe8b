import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LANES } from '#activities/campaign/send-slice.ts';
import { recipientsOf, type StoredRecipient } from '#campaigns/campaign-document.ts';
import { journeyOfCampaign, recipientId } from '#domain/campaign/ids.ts';
import { sendMessageId } from '#domain/sending/ids.ts';
import { hashAddress } from '#messages/is-suppressed.ts';
import { claimedEntry } from '#messages/ledger-entry.ts';
import { campaignDesk } from './support/campaign-desk.ts';
import { campaignTemplate, gatherReaders, type Reader } from './support/campaign-readers.ts';
import { segmentDesk } from './support/segment-desk.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const READERS = 200;
/** So many calls were claimed and never made by a worker that was killed. */
const CLAIMED = 20;
const NEWS = { segment: 'readers', template: 'news', channel: 'email' };

let kairos: WholeKairos;
let readers: Reader[];
const desk = campaignDesk(() => kairos);
const segments = segmentDesk(() => kairos);

beforeAll(async () => {
  kairos = await WholeKairos.start('campaign-outages', { env: { KAIROS_RECEIPT_WAIT_S: '5' } });
  await campaignTemplate(kairos, 'news', 'News');
  readers = await gatherReaders(kairos, segments, { segment: 'readers', count: READERS });
}, 180_000);

afterAll(() => kairos.stop());

const messagesOf = (campaign: string) =>
  kairos.mongo.collections.messages.find({ campaign }).toArray();

/** What a worker leaves behind that is killed between its claim and its call. */
async function leaveClaimed(campaign: string, { email, profileId }: Reader): Promise<void> {
  const runId = recipientId(campaign, profileId, 'main');
  const message = {
    ...{ _id: sendMessageId(runId, 'send', 0), runId, profileId, campaign },
    ...{ journey: journeyOfCampaign(campaign), version: 1, step: 'send' },
    ...{ channel: 'email' as const, template: 'news' },
  };
  const addressHash = hashAddress('email', email);
  const claim = { message, seen: null, provider: 'sendgrid', language: 'en', addressHash };
  await kairos.mongo.collections.messages.insertOne(claimedEntry({ ...claim, at: Date.now() }));
}

describe('a long campaign whose worker was killed', () => {
  it('comes to those whose calls it never made as soon as that is known, not at its end', async () => {
    const claimed = readers.slice(0, CLAIMED);
    for (const reader of claimed) await leaveClaimed('long', reader);
    await desk.begin('long', { ...NEWS, ratePerMinute: 240 });
    await desk.until('under way', 'long', ({ progress }) => progress.ended > 10);
    await kairos.kill('worker');
    kairos.run('worker');
    const { counts } = await desk.done('long');
    expect([counts.unknown, counts.failed, counts.suppressed]).toEqual([0, 0, 0]);
    const messages = await messagesOf('long');
    const ids = new Set(claimed.map(({ profileId }) => profileId));
    const again = messages.filter(({ profileId }) => ids.has(profileId));
    expect(again.map(({ attempts }) => attempts)).toEqual(again.map(() => 2));
    const last = Math.max(...messages.map(({ createdAt }) => createdAt));
    for (const { calledAt } of again) expect(calledAt).toBeLessThan(last);
    expect(await desk.mails('long')).toHaveLength(READERS);
  }, 180_000);
});

describe('a campaign whose worker was killed while its audience was taken', () => {
  /** What its walk has written by then. */
  async function leaveHalf(campaign: string): Promise<void> {
    await kairos.kill('worker');
    await desk.begin(campaign, NEWS);
    const half = readers.slice(0, READERS / 2).map(({ profileId }): StoredRecipient => {
      const _id = recipientId(campaign, profileId, 'main');
      const place = { campaign, profileId, wave: 'main', variant: null } as const;
      return { _id, ...place, dueAt: Date.now(), rev: 0 };
    });
    await recipientsOf(kairos.mongo.db).insertMany(half);
  }

  it('takes the others, and everybody gets it once', async () => {
    await leaveHalf('half-taken');
    kairos.run('worker');
    const { audience, counts } = await desk.done('half-taken');
    expect([audience, counts.suppressed, counts.failed]).toEqual([READERS, 0, 0]);
    expect(await desk.mails('half-taken')).toHaveLength(READERS);
  }, 120_000);

  it('counts whom it had taken, where it is stopped before the walk goes on', async () => {
    await leaveHalf('half-stopped');
    await desk.order('half-stopped', 'stop');
    kairos.run('worker');
    const over = await desk.until('over', 'half-stopped', ({ endedAt }) => endedAt !== null);
    expect(over).toMatchObject({ audience: READERS / 2, counts: { stopped: READERS / 2 } });
  }, 120_000);
});

describe('the segment of a campaign that has not begun', () => {
  it('is not removed, and without it the campaign waits for somebody instead of ending', async () => {
    await segments.define('few', { condition: { attribute: 'group', is: 'few' } });
    await segments.live('few');
    const at = new Date(Date.now() + 4_000).toISOString();
    await desk.begin('waiting', { ...NEWS, segment: 'few', at });
    const remove = kairos.call('DELETE', '/v1/segments/few');
    await expect(remove).rejects.toThrow(/409.*the campaign ..waiting/);
    // As by somebody who removed it in the moment between the check of a start and the start.
    await kairos.mongo.collections.segments.deleteOne({ _id: 'few' });
    const paused = await desk.until('paused', 'waiting', ({ status }) => status === 'paused');
    expect(paused.pausedFor).toBe('segmentMissing');
    await expect(desk.order('waiting', 'resume')).rejects.toThrow(/422.*#\/segment/);
    await segments.define('few', { condition: { attribute: 'group', is: 'few' } });
    expect(await desk.order('waiting', 'resume')).toMatchObject({ pausedFor: null });
    expect(await desk.done('waiting')).toMatchObject({ audience: 0 });
    await kairos.call('DELETE', '/v1/segments/few');
  }, 120_000);
});

describe.each(['rateLimit', 'error'] as const)(
  'a campaign whose provider answers %s',
  (outcome) => {
    const key = `refused-${outcome.toLowerCase()}`;

    it('waits with all who had no turn yet, tries with one, and reaches everybody then', async () => {
      await kairos.rules({ channel: 'email', outcome });
      await desk.begin(key, NEWS);
      await kairos.until('it was tried again', async () => {
        const tries = (await messagesOf(key)).reduce((sum, { attempts }) => sum + attempts, 0);
        return tries >= LANES + 3 ? true : null;
      });
      const tried = await messagesOf(key);
      // Those who were under way when it began to refuse, and some who came to see whether it still does.
      expect(tried.length).toBeLessThanOrEqual(LANES + 20);
      await kairos.rules();
      const { counts } = await desk.done(key);
      expect([counts.unknown, counts.failed, counts.suppressed]).toEqual([0, 0, 0]);
      expect(await desk.mails(key)).toHaveLength(READERS);
    }, 180_000);
  },
);
