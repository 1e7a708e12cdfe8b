import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ensureCampaignIndexes } from '#campaigns/campaign-document.ts';
import { createCampaignStore, type CampaignStore } from '#campaigns/campaign-store.ts';
import { orderCampaign } from '#campaigns/order-campaign.ts';
import { createRecipientStore, type RecipientStore } from '#campaigns/recipient-store.ts';
import { parseCampaign } from '#domain/campaign/campaign.ts';
import { ensureIndexes } from '#platform/mongo-indexes.ts';
import { connectMongo, type Mongo } from '#platform/mongo.ts';
import type { CampaignDeps } from './campaign-deps.ts';
import { takeAudience } from './take-audience.ts';

const NOW = Date.UTC(2026, 10, 22);
const WALK = { reached: null, heartbeat: () => undefined, isLeaving: () => false };

let mongo: Mongo;
let campaigns: CampaignStore;
let recipients: RecipientStore;

beforeAll(async () => {
  mongo = await connectMongo(process.env.KAIROS_TEST_MONGODB_URI ?? '', 'kairos-take-audience');
  await mongo.db.dropDatabase();
  await Promise.all([ensureIndexes(mongo.collections), ensureCampaignIndexes(mongo.db)]);
  campaigns = createCampaignStore(mongo);
  recipients = createRecipientStore(mongo, null);
});

beforeEach(async () => {
  await Promise.all((await mongo.db.collections()).map((one) => one.deleteMany({})));
  const said = { key: 'sale', name: 'Sale', segment: 'vip', template: 'news', channel: 'email' };
  await campaigns.create(parseCampaign(said), NOW);
  await orderCampaign(mongo, 'sale', 'start', NOW);
});

afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

/** A worker with a segment as it reads it; `freeze` is where it stands still with what it read. */
function worker(members: string[], freeze: () => Promise<void> = () => Promise.resolve()) {
  return {
    ...{ campaigns, recipients, clock: () => NOW, defaultZone: 'UTC' },
    async members(_: string, after: string) {
      const page = members.filter((id) => id > after).map((_id) => ({ _id, zone: 'UTC' }));
      await freeze();
      return page;
    },
  } as unknown as CampaignDeps;
}

/** Something to wait for until somebody lets it go. */
function gate(): { wait: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const wait = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { wait, open };
}

const take = async (deps: CampaignDeps): Promise<void> =>
  takeAudience(deps, await campaigns.read('sale'), WALK);
const audience = async () => {
  const { taken } = await campaigns.read('sale');
  return { noted: taken.main?.size, written: await recipients.size('sale', 'main') };
};

describe('the audience of a campaign whose worker stood still with a page of it', () => {
  it('does not grow any more once another worker has noted its size', async () => {
    const { wait, open } = gate();
    const frozen = take(worker(['p1', 'p2', 'p3'], () => wait));
    await take(worker(['p1', 'p2']));
    expect(await audience()).toEqual({ noted: 2, written: 2 });
    open();
    await frozen;
    expect(await audience()).toEqual({ noted: 2, written: 2 });
  });

  it('is counted again where the page is written between the count and the note', async () => {
    const [thawed, written, over] = [gate(), gate(), gate()];
    const stands = [thawed.wait, over.wait];
    const frozen = take(
      worker(['p1', 'p2', 'p3'], () => {
        if (stands.length === 1) written.open();
        return stands.shift() ?? Promise.resolve();
      }),
    );
    const size = async (...of: Parameters<RecipientStore['size']>): Promise<number> => {
      const counted = await recipients.size(...of);
      thawed.open();
      await written.wait;
      return counted;
    };
    await take({ ...worker(['p1', 'p2']), recipients: { ...recipients, size } });
    expect(await audience()).toEqual({ noted: 3, written: 3 });
    over.open();
    await frozen;
    expect(await audience()).toEqual({ noted: 3, written: 3 });
  });
});
