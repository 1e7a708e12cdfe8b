import type { Collection } from 'mongodb';
import type { StoredCampaign } from './campaign-document.ts';

/**
 * After a restore: whom a campaign has reached since the backup nobody knows any more. One that was
 * being sent, or would have begun since, waits for somebody who decides whether all of these are to
 * get it again. `now` in epoch ms.
 */
export async function pauseRestored(
  campaigns: Collection<StoredCampaign>,
  now: number,
): Promise<void> {
  await campaigns.updateMany(
    { $or: [{ status: 'sending' }, { status: 'scheduled', startsAt: { $lte: now } }] },
    { $set: { status: 'paused', updatedAt: now, perMinute: 0 }, $inc: { revision: 1 } },
  );
}
