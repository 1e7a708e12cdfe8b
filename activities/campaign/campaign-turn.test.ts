import { describe, expect, it } from '@jest/globals';
import type { StoredCampaign, StoredRecipient } from '#campaigns/campaign-document.ts';
import { parseCampaign } from '#domain/campaign/campaign.ts';
import { recipientId } from '#domain/campaign/ids.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { CampaignDeps } from './campaign-deps.ts';
import { campaignTurn } from './campaign-turn.ts';

const WALK = { reached: null, heartbeat: () => undefined, isLeaving: () => false };
/** One each 50 ms. */
const RATE = 1_200;
const GAP_MS = 60_000 / RATE;
const PEOPLE = 300;

/** A campaign under way over a provider whose rate is set, in memory; `queuedMax` of it may wait. */
function world(queuedMax: number, ratePerMinute?: number) {
  const startedAt = Date.now();
  const said = { key: 'sale', name: 'Sale', segment: 'vip', template: 'news', channel: 'sms' };
  const campaign = {
    _id: 'sale',
    definition: parseCampaign({ ...said, ...(ratePerMinute !== undefined && { ratePerMinute }) }),
    ...{ status: 'sending', revision: 1, begunAt: startedAt, startsAt: startedAt },
    taken: { main: { at: startedAt, size: PEOPLE }, resend: null },
    ...{ winner: null, resumedAt: null },
  } as StoredCampaign;
  const left: StoredRecipient[] = Array.from({ length: PEOPLE }, (_, index) => {
    const profileId = `p${String(index).padStart(3, '0')}`;
    const place = { wave: 'main', variant: null, dueAt: startedAt, rev: 0 } as const;
    return { _id: recipientId('sale', profileId, 'main'), campaign: 'sale', profileId, ...place };
  });
  let prepared = 0;
  const deps = {
    clock: () => Date.now(),
    defaultZone: 'UTC',
    doors: new Map(),
    campaigns: {
      find: () => Promise.resolve({ ...campaign }),
      statusOf: () => Promise.resolve(campaign.status),
      noteControlled: () => Promise.resolve(),
      notePace: (_: string, freeAt: number) => {
        campaign.paceFreeAt = freeAt;
        return Promise.resolve();
      },
    },
    recipients: {
      due: ({ after, limit }: { after: StoredRecipient | null; limit: number }) =>
        Promise.resolve(left.filter(({ _id }) => _id > (after?._id ?? '')).slice(0, limit)),
      dueAgain: () => Promise.resolve([]),
    },
    profiles: {
      follow: (id: string) => {
        prepared += 1;
        return Promise.resolve({ _id: id } as Profile);
      },
    },
    messages: { ofOthers: () => Promise.resolve([]) },
    words: () => Promise.resolve(new Map()),
    isPaced: () => true,
    queuedMax: () => queuedMax,
    sendQueue: () => Promise.resolve('kairos-send-twilio'),
  } as unknown as CampaignDeps;
  return {
    startedAt,
    prepared: () => prepared,
    /** One activity, and what its workflow does with its answer; answers how many went. */
    turn: async (): Promise<number> => {
      const turn = await campaignTurn(deps, { campaign: 'sale' }, WALK);
      if (turn.kind !== 'queued') throw new Error(`it answered ${turn.kind}`);
      const sent = new Set(turn.sends.map(({ recipient }) => recipient));
      left.splice(0, left.length, ...left.filter(({ _id }) => !sent.has(_id)));
      return sent.size;
    },
  };
}

describe('a campaign whose messages wait in the queue of their provider', () => {
  it.each([1, 5])('keeps its rate over all of its activities, %d messages each', async (max) => {
    const { turn, startedAt } = world(max, RATE);
    let sent = 0;
    while (sent < 10) sent += await turn();
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual((sent - 1) * GAP_MS);
  });

  it('prepares nobody for whom there is no place', async () => {
    const { turn, prepared } = world(5);
    expect([await turn(), await turn(), prepared()]).toEqual([5, 5, 10]);
  });

  it('does not keep them waiting there for one whose place of the rate comes much later', async () => {
    const { turn, startedAt } = world(50, 60);
    expect([await turn(), await turn()]).toEqual([1, 1]);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(1_000);
  });
});
