import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { campaignDesk } from './support/campaign-desk.ts';
import { campaignTemplate, gatherReaders, type Reader } from './support/campaign-readers.ts';
import { mergeDesk } from './support/merge-desk.ts';
import { segmentDesk } from './support/segment-desk.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const READERS = 12;

let kairos: WholeKairos;
const desk = campaignDesk(() => kairos);
const segments = segmentDesk(() => kairos);
const { merge } = mergeDesk(() => kairos);

beforeAll(async () => {
  kairos = await WholeKairos.start('campaign-merges');
  await campaignTemplate(kairos, 'news', 'News');
}, 180_000);

afterAll(() => kairos.stop());

/** Begins a campaign to readers of its own, slow enough to merge some of them meanwhile. */
async function begin(key: string): Promise<Reader[]> {
  const readers = await gatherReaders(kairos, segments, { segment: key, count: READERS });
  const slow = { segment: key, template: 'news', channel: 'email', ratePerMinute: 40 };
  await desk.begin(key, slow);
  return readers;
}

function joined(keep: Reader | string, ...others: Reader[]): Promise<unknown[]> {
  const name = typeof keep === 'string' ? keep : `email:${keep.email}`;
  return others.reduce<Promise<unknown[]>>(
    async (before, { email }) => [
      ...(await before),
      await merge({ keep: name, merge: `email:${email}` }),
    ],
    Promise.resolve([]),
  );
}

const sentTo = async (campaign: string, readers: readonly Reader[]): Promise<number> => {
  const mails = await desk.mails(campaign);
  return mails.filter(({ messageId }) =>
    readers.some(({ profileId }) => messageId.startsWith(`campaign:${campaign}:${profileId}/`)),
  ).length;
};

describe('recipients who are merged while a campaign goes on', () => {
  it('get it once, where one of them had it before and the other had not', async () => {
    const readers = await begin('had-it');
    const [first] = readers;
    const last = readers.at(-1);
    if (first === undefined || last === undefined) throw new Error('there are some');
    await kairos.until('the first has it', async () =>
      (await sentTo('had-it', [first])) > 0 ? true : null,
    );
    await joined(last, first);
    const done = await desk.done('had-it');
    expect(await sentTo('had-it', [first, last])).toBe(1);
    expect(done.reasons).toEqual({ suppressed: { merged: 1 } });
  }, 120_000);

  it('get it once, where they are somebody now who is no recipient', async () => {
    await kairos.track('identify', {
      userId: 'outsider',
      traits: { email: 'outsider@shop.example' },
    });
    await kairos.until('the outsider', () =>
      kairos.call('GET', '/v1/profiles/external%3Aoutsider').then(
        () => true,
        () => null,
      ),
    );
    const readers = await begin('outside');
    const two = readers.slice(-2);
    await joined('external:outsider', ...two);
    const done = await desk.done('outside');
    expect(await sentTo('outside', two)).toBe(1);
    expect(done.reasons).toEqual({ suppressed: { merged: 1 } });
  }, 120_000);
});
