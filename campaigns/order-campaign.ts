import { startsAt } from '#domain/campaign/schedule.ts';
import {
  afterOrder,
  orderRefusal,
  type CampaignOrder,
  type CampaignStatus,
} from '#domain/campaign/orders.ts';
import { DomainError } from '#domain/errors.ts';
import { audited } from '#platform/audit.ts';
import type { DeedKind } from '#platform/documents.ts';
import type { Mongo } from '#platform/mongo.ts';
import { campaignsOf, type StoredCampaign } from './campaign-document.ts';

const DEEDS: Readonly<Record<CampaignOrder, DeedKind>> = {
  start: 'campaignStarted',
  pause: 'campaignPaused',
  resume: 'campaignResumed',
  stop: 'campaignStopped',
};

/**
 * Carries out an order; a repeat changes nothing and answers the same. It holds from the answer on,
 * also where nobody can be told of it yet. `now` in epoch ms.
 * @throws DomainError `not-found`, `conflict` where the present status does not allow it.
 */
export async function orderCampaign(
  mongo: Pick<Mongo, 'client' | 'collections' | 'db'>,
  key: string,
  order: CampaignOrder,
  now: number,
): Promise<StoredCampaign> {
  const campaigns = campaignsOf(mongo.db);
  return audited(mongo, async (session) => {
    const before = await campaigns.findOne({ _id: key }, { session });
    if (before === null) {
      throw new DomainError('not-found', 'There is no campaign with this key.');
    }
    const starts = before.startsAt ?? startsAt(before.definition, now);
    const status = afterOrder(order, before.status, { startsAt: starts, now });
    if (status === undefined) {
      throw new DomainError('conflict', orderRefusal(order, before.status));
    }
    if (status === null) return { result: before, deed: null };
    const change = { ...changeOf(order, status, now), startsAt: starts };
    await campaigns.updateOne(
      { _id: key, revision: before.revision },
      { $set: change, $inc: { revision: 1 } },
      { session },
    );
    const deed = {
      ...{ at: now, what: DEEDS[order], ids: { campaign: key } },
      ...{ before: { status: before.status }, after: { status } },
    };
    return { result: { ...before, ...change, revision: before.revision + 1 }, deed };
  });
}

function changeOf(
  order: CampaignOrder,
  status: CampaignStatus,
  now: number,
): Pick<StoredCampaign, 'status' | 'updatedAt'> & Partial<StoredCampaign> {
  return {
    ...{ status, updatedAt: now, pausedFor: null },
    ...(order === 'resume' && { resumedAt: now }),
    ...(order === 'start' && status === 'sending' && { begunAt: now }),
    ...((order === 'pause' || order === 'stop') && { perMinute: 0 }),
  };
}
