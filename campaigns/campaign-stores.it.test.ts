import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parseCampaign } from '#domain/campaign/campaign.ts';
import { recipientId } from '#domain/campaign/ids.ts';
import { ENDS } from '#domain/campaign/recipient.ts';
import { endedIn } from '#domain/campaign/tally.ts';
import { HOUR_MS } from '#domain/time/duration.ts';
import { ensureIndexes } from '#platform/mongo-indexes.ts';
import { connectMongo, type Mongo } from '#platform/mongo.ts';
import {
  campaignsOf,
  ensureCampaignIndexes,
  recipientsOf,
  type StoredRecipient,
} from './campaign-document.ts';
import { createCampaignStore, type CampaignStore } from './campaign-store.ts';
import { orderCampaign } from './order-campaign.ts';
import { pauseRestored } from './pause-restored.ts';
import { createRecipientStore, type RecipientStore } from './recipient-store.ts';

const NOW = Date.UTC(2026, 10, 22);
const PEOPLE = 40;

let mongo: Mongo;
let campaigns: CampaignStore;
let recipients: RecipientStore;

beforeAll(async () => {
  mongo = await connectMongo(process.env.KAIROS_TEST_MONGODB_URI ?? '', 'kairos-campaigns');
  await mongo.db.dropDatabase();
  await Promise.all([ensureIndexes(mongo.collections), ensureCampaignIndexes(mongo.db)]);
  campaigns = createCampaignStore(mongo);
  recipients = createRecipientStore(mongo, null);
});

beforeEach(async () => {
  await Promise.all((await mongo.db.collections()).map((one) => one.deleteMany({})));
  await campaigns.create(sale(), NOW);
  await recipientsOf(mongo.db).insertMany(everybody());
});

afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

function sale(key = 'sale') {
  const said = { key, name: 'Sale', segment: 'vip', template: 'news', channel: 'email' };
  return parseCampaign(said);
}

function everybody(letter = 'p'): StoredRecipient[] {
  return Array.from({ length: PEOPLE }, (_, index) => {
    const profileId = `${letter}${String(index).padStart(3, '0')}`;
    return {
      _id: recipientId('sale', profileId, 'main'),
      wave: 'main',
      ...{ campaign: 'sale', profileId, variant: null, dueAt: NOW, rev: 0 },
    };
  });
}

const due = (now = NOW, limit = 100): Promise<StoredRecipient[]> =>
  recipients.due({ campaign: 'sale', wave: 'main', now, after: null, limit });

describe('recipients', () => {
  it('are made once, however often a page of them is written', async () => {
    await orderCampaign(mongo, 'sale', 'start', NOW);
    const more = everybody('q').slice(0, 2);
    const pages = [everybody(), [...everybody().slice(3, 9), ...more], more];
    const written = await Promise.all(pages.map((page) => recipients.add('sale', 'main', page)));
    expect(written).toEqual([true, true, true]);
    expect(await recipients.size('sale', 'main')).toBe(PEOPLE + more.length);
  });

  it('are written while the campaign is sent and its audience is not noted, and at no other time', async () => {
    const more = everybody('q');
    const add = () => recipients.add('sale', 'main', more);
    expect(await add()).toBe(false);
    await orderCampaign(mongo, 'sale', 'start', NOW);
    await orderCampaign(mongo, 'sale', 'pause', NOW);
    expect(await add()).toBe(false);
    await orderCampaign(mongo, 'sale', 'resume', NOW);
    const taken = { at: NOW, size: PEOPLE, pages: null };
    expect(await campaigns.noteTaken('sale', 'main', { ...taken, pages: 1 })).toBe(false);
    expect(await campaigns.noteTaken('sale', 'main', taken)).toBe(true);
    expect(await add()).toBe(false);
    expect(await recipients.size('sale', 'main')).toBe(PEOPLE);
    expect(await recipients.add('sale', 'resend', more.slice(0, 1))).toBe(true);
  });

  it('of one campaign are none of another whose key begins alike', async () => {
    await recipientsOf(mongo.db).insertMany(
      everybody().map((one) => {
        const _id = recipientId('sale-2', one.profileId, 'main');
        return { ...one, _id, campaign: 'sale-2' };
      }),
    );
    expect(await recipients.size('sale', 'main')).toBe(PEOPLE);
    expect((await recipients.open('sale', 1_000)).map(({ campaign }) => campaign)).toEqual(
      Array.from({ length: PEOPLE }, () => 'sale'),
    );
  });

  it('are met page by page, each of them once', async () => {
    const met: string[] = [];
    let after: StoredRecipient | null = null;
    for (;;) {
      const ask = { campaign: 'sale', wave: 'main', now: NOW, after, limit: 7 } as const;
      const page: StoredRecipient[] = await recipients.due(ask);
      met.push(...page.map(({ _id }) => _id));
      after = page.at(-1) ?? null;
      if (after === null) break;
    }
    expect(met).toEqual(everybody().map(({ _id }) => _id));
  });

  it('end once and count once, of any number of writers that meet', async () => {
    const read = await due();
    const writers = ENDS.map((end) =>
      recipients.settle(
        'sale',
        read.map((recipient) => ({
          ...{ recipient, variant: null, at: NOW },
          after: { end, reason: end === 'suppressed' ? 'cap' : null },
        })),
      ),
    );
    const counted = await Promise.all(writers);
    expect(counted.flat()).toHaveLength(PEOPLE);
    const { tally } = await campaigns.read('sale');
    expect(endedIn(tally.main.ends)).toBe(PEOPLE);
    for (const end of ENDS) {
      const stored = await recipientsOf(mongo.db).countDocuments({ end });
      expect(tally.main.ends[end]).toBe(stored);
    }
    expect(await recipients.nextDue('sale', ['main'])).toBeNull();
  });

  it('that have moved on since they were read are left as they are', async () => {
    const [recipient] = await due(NOW, 1);
    if (recipient === undefined) throw new Error('somebody is due');
    const later = { dueAt: NOW + 5_000, progress: { tried: true, reason: 'rateLimited' } };
    const change = { recipient, variant: null, at: NOW };
    expect(await recipients.settle('sale', [{ ...change, after: later }])).toHaveLength(1);
    const late = { end: 'failed', reason: 'rejected' } as const;
    expect(await recipients.settle('sale', [{ ...change, after: late }])).toEqual([]);
    expect(await recipients.find(recipient._id)).toMatchObject({ rev: 1, ...later.progress });
    expect((await campaigns.read('sale')).tally.main.ends.failed).toBe(0);
    expect(await recipients.lastDue('sale', ['main'])).toBe(NOW + 5_000);
  });
});

describe('recipients of a campaign under way', () => {
  it('who are due again are met apart from those who have had no turn', async () => {
    const [one] = await due(NOW, 1);
    if (one === undefined) throw new Error('somebody is due');
    const after = { dueAt: NOW + 1_000, progress: { tried: true } };
    await recipients.settle('sale', [{ recipient: one, variant: null, at: NOW, after }]);
    expect(await recipients.dueAgain('sale', NOW + 999, 10)).toEqual([]);
    const again = await recipients.dueAgain('sale', NOW + 1_000, 10);
    expect(again.map(({ _id }) => _id)).toEqual([one._id]);
    const fresh = await due(NOW + 1_000, 1_000);
    expect(fresh).toHaveLength(PEOPLE - 1);
    expect(fresh.map(({ _id }) => _id)).not.toContain(one._id);
  });
});

describe('orders', () => {
  const order = (what: Parameters<typeof orderCampaign>[2]) =>
    orderCampaign(mongo, 'sale', what, NOW + 1);

  it('given at once by several are carried out once', async () => {
    await Promise.all([order('start'), order('start'), order('start')]);
    expect(await campaigns.read('sale')).toMatchObject({ status: 'sending', revision: 1 });
    await Promise.allSettled([order('pause'), order('stop')]);
    expect((await campaigns.read('sale')).status).toBe('stopped');
    expect(await mongo.collections.audit.countDocuments({ what: 'campaignStarted' })).toBe(1);
  });

  it('are told again until the workflow has seen them', async () => {
    await order('start');
    const isUntold = async (now: number): Promise<boolean | undefined> =>
      (await campaigns.underWay(now)).find(({ key }) => key === 'sale')?.isUntold;
    expect(await isUntold(NOW + 10)).toBe(false);
    expect(await isUntold(NOW + 60_000)).toBe(true);
    await campaigns.noteControlled('sale', 1);
    expect(await isUntold(NOW + 60_000)).toBe(false);
    expect(await campaigns.finish('sale', NOW + 2)).toBe(true);
    expect(await campaigns.underWay(NOW + 60_000)).toEqual([]);
  });
});

describe('a restored campaign', () => {
  it('is paused where it was being sent or would have begun since, and only there', async () => {
    await orderCampaign(mongo, 'sale', 'start', NOW);
    await campaigns.create(sale('draft'), NOW);
    for (const [key, at] of [
      ['begun-since', NOW + 1],
      ['to-come', NOW + HOUR_MS],
    ] as const) {
      await campaigns.create({ ...sale(key), at: new Date(at).toISOString() }, NOW);
      await orderCampaign(mongo, key, 'start', NOW);
    }
    await pauseRestored(campaignsOf(mongo.db), NOW + 1);
    expect((await campaigns.read('begun-since')).status).toBe('paused');
    expect((await campaigns.read('to-come')).status).toBe('scheduled');
    expect((await campaigns.read('sale')).status).toBe('paused');
    expect((await campaigns.read('draft')).status).toBe('draft');
    await orderCampaign(mongo, 'sale', 'resume', NOW + 2);
    expect(await campaigns.read('sale')).toMatchObject({ status: 'sending', resumedAt: NOW + 2 });
  });
});
