import { describe, expect, it } from '@jest/globals';
import type { StoredCampaign, StoredRecipient } from '#campaigns/campaign-document.ts';
import { parseCampaign } from '#domain/campaign/campaign.ts';
import { recipientId } from '#domain/campaign/ids.ts';
import type { CampaignStatus } from '#domain/campaign/orders.ts';
import { dueIn } from '#domain/campaign/schedule.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { CampaignDeps } from './campaign-deps.ts';
import { takeAudience, takeUnopened } from './take-audience.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const WALK = { reached: null, heartbeat: () => undefined, isLeaving: () => false };

const campaign = {
  _id: 'sale',
  definition: parseCampaign({
    ...{ key: 'sale', name: 'Sale', segment: 'vip', template: 'news', channel: 'email' },
    ...{ localTime: '10:00', resend: { after: 'P1D' } },
  }),
  begunAt: NOW,
  taken: { main: null, resend: null },
} as StoredCampaign;

/** A store in memory, and what an order does to a campaign after so many pages. */
function world({ status }: { status: (pages: number) => CampaignStatus }) {
  const added: StoredRecipient[] = [];
  const taken: string[] = [];
  let pages = 0;
  const zones = new Map([
    ['p1', 'Pacific/Auckland'],
    ['p2', 'America/New_York'],
  ]);
  const deps = {
    clock: () => NOW,
    defaultZone: 'UTC',
    members: (_: string, after: string) => {
      pages += 1;
      const all = [...zones].map(([_id, zone]) => ({ _id, zone }));
      return Promise.resolve(all.filter(({ _id }) => _id > after).slice(0, 1));
    },
    profiles: {
      follow: (id: string) => Promise.resolve({ _id: id, zone: zones.get(id) } as Profile),
    },
    messages: { answered: () => Promise.resolve(new Set<string>()) },
    campaigns: {
      statusOf: () => Promise.resolve(status(pages)),
      find: () => Promise.resolve(campaign),
      noteTaken: (_: string, part: string) => {
        taken.push(part);
        return Promise.resolve(true);
      },
    },
    recipients: {
      add: (_: string, __: string, some: StoredRecipient[]) => {
        added.push(...some);
        return Promise.resolve(true);
      },
      size: () => Promise.resolve(added.length),
      sent: (_: string, after: string) => {
        const all = [...zones.keys()].map((profileId) => {
          return { _id: recipientId('sale', profileId, 'main'), profileId, variant: null };
        });
        return Promise.resolve(all.filter(({ _id }) => _id > after));
      },
    },
  } as unknown as CampaignDeps;
  return { deps, added, taken };
}

describe('the walk of an audience', () => {
  it('takes everybody, and says so', async () => {
    const { deps, added, taken } = world({ status: () => 'sending' });
    await takeAudience(deps, campaign, WALK);
    expect([added.length, taken]).toEqual([2, ['main']]);
  });

  it('hears at the next page that it was paused or stopped, and does not call itself done', async () => {
    for (const order of ['paused', 'stopped'] as const) {
      const { deps, added, taken } = world({ status: (pages) => (pages > 0 ? order : 'sending') });
      await takeAudience(deps, campaign, WALK);
      expect([added.length, taken]).toEqual([1, []]);
    }
  });

  it('is left to another worker where this one is about to end', async () => {
    const { deps, added, taken } = world({ status: () => 'sending' });
    await takeAudience(deps, campaign, { ...WALK, isLeaving: () => true });
    expect([added.length, taken]).toEqual([0, []]);
  });
});

describe('the second message of a campaign at the same hour in every zone', () => {
  it('is due at that hour, too', async () => {
    const { deps, added } = world({ status: () => 'sending' });
    await takeUnopened(deps, campaign, WALK);
    expect(added.map(({ profileId, wave, dueAt }) => [profileId, wave, dueAt])).toEqual([
      ['p1', 'resend', dueIn('10:00', 'Pacific/Auckland', NOW)],
      ['p2', 'resend', dueIn('10:00', 'America/New_York', NOW)],
    ]);
  });
});
