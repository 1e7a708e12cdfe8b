import type { Db } from 'mongodb';
import type { Session } from '#platform/transaction.ts';
import { campaignsOf } from './campaign-document.ts';

/** Named at most: a sentence for people. */
const NAMED_MAX = 20;

/**
 * Campaigns that were started and have not taken their audience from this segment yet, in a few words
 * each: without it nobody would get them.
 */
export function createCampaignsAwaiting(
  db: Db,
): (segment: string, session: Session) => Promise<string[]> {
  return async (segment, session) => {
    const found = await campaignsOf(db)
      .find(
        {
          'definition.segment': segment,
          status: { $in: ['scheduled', 'sending', 'paused'] },
          'taken.main': null,
        },
        { session },
      )
      .project<{ _id: string }>({ _id: 1 })
      .limit(NAMED_MAX)
      .toArray();
    return found.map(({ _id }) => `the campaign "${_id}"`);
  };
}
