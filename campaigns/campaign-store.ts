import type { Collection, Filter, UpdateFilter } from 'mongodb';
import type { Campaign } from '#domain/campaign/campaign.ts';
import type { VariantResult } from '#domain/campaign/choose-winner.ts';
import type { CampaignStatus } from '#domain/campaign/orders.ts';
import { noEnds, type Part } from '#domain/campaign/tally.ts';
import { DomainError } from '#domain/errors.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import { audited } from '#platform/audit.ts';
import { readById } from '#platform/coalesce-reads.ts';
import { durably } from '#platform/mongo-errors.ts';
import type { Mongo } from '#platform/mongo.ts';
import { campaignsOf, type PauseReason, type StoredCampaign } from './campaign-document.ts';

/** A workflow that nobody told of a change for so long, in ms, is told again. */
const UNTOLD_MS = 3_000;

/** Campaigns: their definitions, and what their workflows note. */
export interface CampaignStore {
  /** Makes one. @throws DomainError `conflict` where the key is taken */
  create(campaign: Campaign, now: number): Promise<StoredCampaign>;
  /** Makes or changes a draft. @throws DomainError `conflict` once it was started */
  put(campaign: Campaign, now: number): Promise<{ stored: StoredCampaign; created: boolean }>;
  find(key: string): Promise<StoredCampaign | null>;
  /** @throws DomainError `not-found` */
  read(key: string): Promise<StoredCampaign>;
  list(request: PageRequest): Promise<Page<StoredCampaign>>;
  /** The status as it is when it is asked for; null: there is no such campaign. */
  statusOf(key: string): Promise<CampaignStatus | null>;
  /** Its workflow has seen this revision. */
  noteControlled(key: string, revision: number): Promise<void>;
  /** Its time has come. */
  begin(key: string, now: number): Promise<void>;
  /**
   * Nobody is taken for this part any more. `pages`: how many had been written before its size was
   * counted; false where another one came meanwhile, or it was noted before.
   */
  noteTaken(
    key: string,
    part: Part,
    taken: { at: number; size: number; pages: number | null },
  ): Promise<boolean>;
  noteTested(key: string, now: number): Promise<void>;
  /** Once: a winner is never exchanged. */
  noteWinner(
    key: string,
    winner: { variant: string; at: number; results: VariantResult[] },
  ): Promise<void>;
  noteSent(key: string, now: number): Promise<void>;
  noteSpeed(key: string, perMinute: number): Promise<void>;
  /** The next free place of its rate, in epoch ms: whoever goes on begins there. */
  notePace(key: string, freeAt: number): Promise<void>;
  /** It cannot begin: paused, until somebody has mended it and resumes it. */
  pauseFor(key: string, reason: PauseReason, now: number): Promise<void>;
  /** Everybody has ended; false where it was paused or stopped meanwhile. */
  finish(key: string, now: number): Promise<boolean>;
  /** Everybody whom a stop left over has ended. */
  close(key: string, now: number): Promise<void>;
  /** Those that a workflow must be at; `isUntold`: it was not told of the last order. */
  underWay(now: number): Promise<{ key: string; isUntold: boolean }[]>;
}

export function createCampaignStore(
  mongo: Pick<Mongo, 'client' | 'collections' | 'db'>,
): CampaignStore {
  const campaigns = campaignsOf(mongo.db);
  const readStatus: (key: string) => Promise<Pick<StoredCampaign, 'status'> | null> = readById(
    campaigns,
    { projection: { status: 1 } },
  );
  const find = (key: string): Promise<StoredCampaign | null> =>
    durably(() => campaigns.findOne({ _id: key }));
  return {
    async create(campaign, now) {
      const { stored, created } = await putDraft(mongo, campaign, { now, isNew: true });
      if (created) return stored;
      throw new DomainError('conflict', 'There is a campaign with this key.');
    },
    put: (campaign, now) => putDraft(mongo, campaign, { now, isNew: false }),
    find,
    async read(key) {
      const found = await find(key);
      if (found === null) throw unknownCampaign();
      return found;
    },
    list: ({ limit, after }) =>
      durably(async () => {
        const earlier = {
          $or: [
            { createdAt: { $lt: after?.at ?? 0 } },
            { createdAt: after?.at ?? 0, _id: { $lt: after?.id ?? '' } },
          ],
        };
        const read = await campaigns
          .find(after === null ? {} : earlier)
          .sort({ createdAt: -1, _id: -1 })
          .limit(limit + 1)
          .toArray();
        return pageOf(read, limit, ({ _id, createdAt }) => ({ at: createdAt, id: _id }));
      }),
    statusOf: async (key) => (await readStatus(key))?.status ?? null,
    ...notesOf(campaigns),
    async underWay(now) {
      const rows = await campaigns
        .find({ status: { $in: ['scheduled', 'sending', 'paused', 'stopped'] }, endedAt: null })
        .project<Pick<StoredCampaign, '_id' | 'revision' | 'controlled' | 'updatedAt'>>({
          ...{ revision: 1, controlled: 1, updatedAt: 1 },
        })
        .toArray();
      return rows.map(({ _id: key, revision, controlled, updatedAt }) => {
        return { key, isUntold: controlled < revision && updatedAt < now - UNTOLD_MS };
      });
    },
  };
}

type Notes =
  | 'noteControlled'
  | 'begin'
  | 'noteTaken'
  | 'noteTested'
  | 'noteWinner'
  | 'noteSent'
  | 'noteSpeed'
  | 'notePace'
  | 'pauseFor'
  | 'finish'
  | 'close';

/** What a workflow notes, each of it once only where a second time would be another word. */
function notesOf(campaigns: Collection<StoredCampaign>): Pick<CampaignStore, Notes> {
  const note = async (
    filter: Filter<StoredCampaign>,
    update: UpdateFilter<StoredCampaign>,
  ): Promise<boolean> => (await campaigns.updateOne(filter, update)).matchedCount === 1;
  return {
    async noteControlled(key, revision) {
      await note({ _id: key }, { $max: { controlled: revision } });
    },
    async begin(key, now) {
      await note({ _id: key, status: 'scheduled' }, { $set: { status: 'sending', begunAt: now } });
      // Resumed after its hour: it stands as sending, and has not begun.
      await note({ _id: key, status: 'sending', begunAt: null }, { $set: { begunAt: now } });
    },
    noteTaken: (key, part, { at, size, pages }) =>
      note(
        { _id: key, [`taken.${part}`]: null, pages },
        { $set: { [`taken.${part}`]: { at, size } } },
      ),
    async noteTested(key, now) {
      await note({ _id: key, testedAt: null }, { $set: { testedAt: now } });
    },
    async noteWinner(key, winner) {
      await note({ _id: key, winner: null }, { $set: { winner } });
    },
    async noteSent(key, now) {
      await note({ _id: key, sentAt: null }, { $set: { sentAt: now } });
    },
    async noteSpeed(key, perMinute) {
      await note({ _id: key }, { $set: { perMinute } });
    },
    async notePace(key, paceFreeAt) {
      await note({ _id: key }, { $max: { paceFreeAt } });
    },
    async pauseFor(key, pausedFor, now) {
      await note(
        { _id: key, status: 'sending' },
        { $set: { status: 'paused', pausedFor, updatedAt: now }, $inc: { revision: 1 } },
      );
    },
    finish: (key, now) =>
      note(
        { _id: key, status: 'sending' },
        { $set: { status: 'done', endedAt: now, updatedAt: now, perMinute: 0 } },
      ),
    async close(key, now) {
      await note(
        { _id: key, status: 'stopped', endedAt: null },
        { $set: { endedAt: now, perMinute: 0 } },
      );
    },
  };
}

function unknownCampaign(): DomainError {
  return new DomainError('not-found', 'There is no campaign with this key.');
}

function draftOf(definition: Campaign, now: number): StoredCampaign {
  return {
    _id: definition.key,
    definition,
    status: 'draft',
    ...{ revision: 0, controlled: 0, startsAt: null, begunAt: null },
    taken: { main: null, resend: null },
    ...{ resumedAt: null, testedAt: null, winner: null, sentAt: null },
    tally: { main: { ends: noEnds(), reasons: {} }, resend: { ends: noEnds(), reasons: {} } },
    ...{ perMinute: 0, createdAt: now, updatedAt: now, endedAt: null },
  };
}

function putDraft(
  mongo: Pick<Mongo, 'client' | 'collections' | 'db'>,
  campaign: Campaign,
  { now, isNew }: { now: number; isNew: boolean },
): Promise<{ stored: StoredCampaign; created: boolean }> {
  const campaigns = campaignsOf(mongo.db);
  return durably(() =>
    audited(mongo, async (session) => {
      const before = await campaigns.findOne({ _id: campaign.key }, { session });
      if (before !== null && isNew)
        return { result: { stored: before, created: false }, deed: null };
      if (before !== null && before.status !== 'draft') throw startedAlready(before.status);
      const stored: StoredCampaign = {
        ...draftOf(campaign, now),
        ...(before !== null && { createdAt: before.createdAt }),
      };
      await campaigns.replaceOne({ _id: campaign.key }, stored, { upsert: true, session });
      const deed = {
        ...{ at: now, what: 'campaignStored' as const, ids: { campaign: campaign.key } },
        ...{ before: before?.definition ?? null, after: campaign },
      };
      return { result: { stored, created: before === null }, deed };
    }),
  );
}

function startedAlready(status: CampaignStatus): DomainError {
  return new DomainError(
    'conflict',
    `The campaign is ${status}: once it was started it is not changed any more. Make another one under a new key.`,
  );
}
