import type { Collection, Db } from 'mongodb';
import type { Campaign } from '#domain/campaign/campaign.ts';
import type { VariantResult } from '#domain/campaign/choose-winner.ts';
import type { Wave } from '#domain/campaign/draw-place.ts';
import type { CampaignStatus } from '#domain/campaign/orders.ts';
import type { RecipientEnd } from '#domain/campaign/recipient.ts';
import type { Part, Tally } from '#domain/campaign/tally.ts';
import type { Progress } from '#domain/sending/send-turn.ts';

/** What a campaign lacked when it was to begin. */
export const PAUSE_REASONS = ['segmentMissing'] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

/** One campaign, as it was written and how far it is. Instants in epoch ms; null: not yet. */
export interface StoredCampaign {
  /** Its key. */
  _id: string;
  definition: Campaign;
  status: CampaignStatus;
  /** Grows with each order. */
  revision: number;
  /** The revision that its workflow has seen. */
  controlled: number;
  /** When it is to begin, once it was started. */
  startsAt: number | null;
  /** When it began: its audience is taken as of then. */
  begunAt: number | null;
  /** When the whole audience had been taken, and how many they are. */
  taken: Record<Part, { at: number; size: number } | null>;
  /** Pages of the audience that were written, of all walks together; null or absent: none. */
  pages?: number | null;
  /** Why it was paused where nobody asked for that; null or absent: somebody did, or it is not. */
  pausedFor?: PauseReason | null;
  /** The last resume: what waited over the pause has its time again. */
  resumedAt: number | null;
  /** When the test had gone out. */
  testedAt: number | null;
  winner: { variant: string; at: number; results: VariantResult[] } | null;
  /** When everybody of the audience had ended. */
  sentAt: number | null;
  tally: Record<Part, Tally>;
  /** The next free place of its rate, as of the last look at it; absent: it has none, or none was taken. */
  paceFreeAt?: number;
  /** Recipients a minute that ended lately. */
  perMinute: number;
  createdAt: number;
  updatedAt: number;
  endedAt: number | null;
}

/** One recipient: the queue of a campaign is those that have no end yet. */
export interface StoredRecipient extends Progress {
  /** Made from campaign and customer (domain/campaign/ids.ts). */
  _id: string;
  campaign: string;
  profileId: string;
  wave: Wave;
  /** Null: none, or not known yet. */
  variant: string | null;
  /** Epoch ms of their next turn; absent once they have ended. */
  dueAt?: number;
  /**
   * Whom they stand for since a merge, where that person is no recipient: one of all who are the
   * same person now (unique index).
   */
  standsFor?: string;
  /** Grows with each write: a late writer is told by it. */
  rev: number;
  end?: RecipientEnd;
  endedAt?: number;
  /** When it may be deleted, long after it ended (TTL index); absent: kept. */
  expiresAt?: Date;
}

export function campaignsOf(db: Db): Collection<StoredCampaign> {
  return db.collection('campaigns');
}

export function recipientsOf(db: Db): Collection<StoredRecipient> {
  return db.collection('campaignRecipients');
}

/** Safe to repeat; each start of the API and the worker calls it. */
export async function ensureCampaignIndexes(db: Db): Promise<void> {
  const recipients = recipientsOf(db);
  await Promise.all([
    // Who has not ended, by when it is their turn. Queries must say `$gt: 0` for the planner to see
    // that this index serves them.
    recipients.createIndex(
      { campaign: 1, wave: 1, dueAt: 1, _id: 1 },
      { partialFilterExpression: { dueAt: { $gt: 0 } }, name: 'due' },
      {},
    ),
    // Of these those who have had a turn: they are met before all who have had none.
    recipients.createIndex(
      { campaign: 1, dueAt: 1 },
      { partialFilterExpression: { dueAt: { $gt: 0 }, rev: { $gt: 0 } }, name: 'again' },
      {},
    ),
    recipients.createIndex({ standsFor: 1 }, { unique: true, sparse: true }, {}),
    recipients.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0, sparse: true }, {}),
    campaignsOf(db).createIndex({ createdAt: -1, _id: -1 }),
  ]);
}
