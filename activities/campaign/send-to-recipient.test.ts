import { describe, expect, it } from '@jest/globals';
import type { StoredCampaign, StoredRecipient } from '#campaigns/campaign-document.ts';
import { parseCampaign } from '#domain/campaign/campaign.ts';
import { recipientId } from '#domain/campaign/ids.ts';
import type { SendOutcome } from '#domain/journey/run.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { HOUR_MS, MINUTE_MS } from '#domain/time/duration.ts';
import type { SendRequest } from '../send-request.ts';
import type { CampaignDeps } from './campaign-deps.ts';
import { sendToRecipient, type TurnOf } from './send-to-recipient.ts';

const PERSON = { _id: 'p1', zone: 'UTC' } as Profile;

function sale(said: object = {}): StoredCampaign {
  const frame = { key: 'sale', name: 'Sale', segment: 'vip', template: 'news', channel: 'email' };
  return {
    _id: 'sale',
    definition: parseCampaign({ ...frame, ...said }),
    ...{ resumedAt: null, winner: null, begunAt: 0 },
  } as unknown as StoredCampaign;
}

const RECIPIENT: StoredRecipient = {
  _id: recipientId('sale', 'p1', 'main'),
  ...{ campaign: 'sale', profileId: 'p1', wave: 'main', variant: null, dueAt: 0, rev: 0 },
};

/** A turn at `at` (epoch ms), of which every call comes to this. */
async function turn(
  at: number,
  outcome: SendOutcome,
  turnOf: TurnOf = { recipient: RECIPIENT },
  campaign = sale(),
) {
  const requests: SendRequest[] = [];
  const withdrawn: unknown[] = [];
  const deps = {
    clock: () => at,
    defaultZone: 'UTC',
    profiles: { follow: () => Promise.resolve(PERSON) },
    messages: { ofOthers: () => Promise.resolve([]) },
    receipts: () => Promise.resolve([]),
    isPaced: () => false,
    send: (request: SendRequest) => {
      requests.push(request);
      return Promise.resolve(outcome);
    },
    withdraw: (which: unknown) => {
      withdrawn.push(which);
      return Promise.resolve();
    },
  } as unknown as CampaignDeps;
  const done = await sendToRecipient(deps, campaign, turnOf);
  if ('queue' in done) throw new Error('it goes at once');
  return { after: done.after, requests, withdrawn };
}

const busy = (retryAt: number): SendOutcome => {
  return { kind: 'later', retryAt, reason: 'providerUnavailable' };
};

describe('a recipient who ends without having been sent it', () => {
  it('leaves nothing behind that could still go out', async () => {
    const first = await turn(0, busy(MINUTE_MS));
    if (!('progress' in first.after)) throw new Error('it is tried again');
    expect(first.withdrawn).toEqual([]);
    const recipient = { ...RECIPIENT, ...first.after.progress, rev: 1 };
    const last = await turn(2 * HOUR_MS, busy(3 * HOUR_MS), { recipient });
    expect(last.after).toEqual({ end: 'failed', reason: 'providerUnavailable' });
    expect(last.withdrawn).toEqual([{ runId: RECIPIENT._id }]);
  });

  it('is not asked about where a first turn ends, for nothing is open then', async () => {
    const { after, withdrawn } = await turn(0, { kind: 'suppressed', reason: 'noConsent' });
    expect([after, withdrawn]).toEqual([{ end: 'suppressed', reason: 'noConsent' }, []]);
  });
});

describe('what a campaign says of its messages', () => {
  it('goes with each request: what makes it pointless, and that nothing is tracked', async () => {
    const said = { unless: { bought: 'boots-42', seen: 2, within: 'PT2H' }, tracking: false };
    const sent: SendOutcome = { kind: 'sent', deliveryReceipts: true };
    const { requests } = await turn(3 * HOUR_MS, sent, { recipient: RECIPIENT }, sale(said));
    expect(requests).toMatchObject([
      { unless: { since: HOUR_MS, bought: 'boots-42', seen: 2 }, tracking: false },
    ]);
    const plain = await turn(0, sent);
    expect(plain.requests[0]).not.toHaveProperty('unless');
    expect(plain.requests[0]).not.toHaveProperty('tracking');
  });
});

describe('a recipient whose hour passed in a pause', () => {
  const resumed = { ...sale({ localTime: '10:00' }), resumedAt: 22 * HOUR_MS };
  const sent: SendOutcome = { kind: 'sent', deliveryReceipts: true };

  it('gets it at the same hour of the next day', async () => {
    const recipient = { ...RECIPIENT, dueAt: 10 * HOUR_MS };
    const { after, requests } = await turn(23 * HOUR_MS, sent, { recipient }, resumed);
    expect([after, requests]).toEqual([{ dueAt: 34 * HOUR_MS, progress: {} }, []]);
    const moved = { ...recipient, dueAt: 34 * HOUR_MS, rev: 1 };
    const next = await turn(34 * HOUR_MS, sent, { recipient: moved }, resumed);
    expect(next.after).toEqual({ end: 'sent', reason: null });
  });

  it('is tried again as any other where their provider had been called', async () => {
    const first = await turn(10 * HOUR_MS, busy(10 * HOUR_MS + MINUTE_MS));
    if (!('progress' in first.after)) throw new Error('it is tried again');
    const recipient = { ...RECIPIENT, ...first.after.progress, dueAt: first.after.dueAt, rev: 1 };
    const again = await turn(22 * HOUR_MS, sent, { recipient }, resumed);
    expect(again.after).toEqual({ end: 'sent', reason: null });
  });
});

describe('a recipient whose channel is shut', () => {
  it('stays as they were: nobody is called, and their hour has not begun', async () => {
    const enter = (): Promise<number> => Promise.resolve(5 * HOUR_MS);
    const sent: SendOutcome = { kind: 'sent', deliveryReceipts: true };
    const { after, requests } = await turn(0, sent, { recipient: RECIPIENT, enter });
    expect([after, requests]).toEqual([{ dueAt: 5 * HOUR_MS, progress: {} }, []]);
    const again = { ...RECIPIENT, dueAt: 5 * HOUR_MS, rev: 1 };
    const later = await turn(5 * HOUR_MS, sent, { recipient: again });
    expect(later.requests.map(({ deadline }) => deadline)).toEqual([6 * HOUR_MS]);
  });
});
