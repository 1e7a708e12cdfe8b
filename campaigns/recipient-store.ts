import type { AnyBulkWriteOperation, Collection, UpdateFilter } from 'mongodb';
import type { Wave } from '#domain/campaign/draw-place.ts';
import { idsOf, recipientId } from '#domain/campaign/ids.ts';
import type { RecipientEnd } from '#domain/campaign/recipient.ts';
import { incrementsOf, type Part } from '#domain/campaign/tally.ts';
import type { AfterTurn } from '#domain/sending/send-turn.ts';
import { isDuplicateKey } from '#platform/mongo-errors.ts';
import type { Mongo } from '#platform/mongo.ts';
import { inTransaction, type Session } from '#platform/transaction.ts';
import { campaignsOf, recipientsOf, type StoredRecipient } from './campaign-document.ts';

export interface RecipientChange {
  /** As it was read. */
  recipient: StoredRecipient;
  /** Where they stand after their turn. */
  after: AfterTurn<RecipientEnd>;
  /** What they got; null: there are no variants. */
  variant: string | null;
  /** Epoch ms. */
  at: number;
}

/** The recipients of all campaigns. */
export interface RecipientStore {
  /**
   * Writes a page of a part of a campaign's audience; who is a recipient already stays as they are.
   * False, and nobody is written, where the whole of it was taken or the campaign is not being sent.
   */
  add(campaign: string, part: Part, page: readonly StoredRecipient[]): Promise<boolean>;
  /** How many there are of a part of a campaign, whatever became of them. */
  size(campaign: string, part: Part): Promise<number>;
  find(id: string): Promise<StoredRecipient | null>;
  /**
   * Takes the place of a person who is no recipient, for one who was merged into them: false where
   * another such one has it. Safe to repeat.
   */
  standFor(recipient: StoredRecipient, personId: string): Promise<boolean>;
  /** Those whose first turn it is, in its order, after one of them. */
  due(ask: DueAsk): Promise<StoredRecipient[]>;
  /** Those who have had a turn and are due again at `now` (epoch ms), soonest first. */
  dueAgain(campaign: string, now: number, limit: number): Promise<StoredRecipient[]>;
  /** Epoch ms of the next turn of somebody in these waves; null: nobody is left. */
  nextDue(campaign: string, waves: readonly Wave[]): Promise<number | null>;
  /** Epoch ms of the last turn that is known. */
  lastDue(campaign: string, waves: readonly Wave[]): Promise<number | null>;
  /** Some that have not ended. */
  open(campaign: string, limit: number): Promise<StoredRecipient[]>;
  /** Those who were sent the first message, by id. */
  sent(campaign: string, after: string, limit: number): Promise<StoredRecipient[]>;
  /**
   * Writes a slice of turns with the campaign's counters, all or nothing; answers which of them
   * counted. Somebody who has moved on since they were read stays as they are.
   */
  settle(campaign: string, changes: readonly RecipientChange[]): Promise<RecipientChange[]>;
}

export interface DueAsk {
  campaign: string;
  wave: Wave;
  /** Epoch ms. */
  now: number;
  after: Pick<StoredRecipient, '_id' | 'dueAt'> | null;
  limit: number;
}

/** `keptMs`: how long a recipient is kept after their end; null: for good. */
export function createRecipientStore(
  { client, db }: Pick<Mongo, 'client' | 'db'>,
  keptMs: number | null,
): RecipientStore {
  const recipients = recipientsOf(db);
  const edge = async (
    campaign: string,
    waves: readonly Wave[],
    order: 1 | -1,
  ): Promise<number | null> => {
    const found = await Promise.all(
      waves.map((wave) =>
        recipients.findOne(
          { campaign, wave, dueAt: { $gt: 0 } },
          { sort: { dueAt: order }, projection: { dueAt: 1 } },
        ),
      ),
    );
    const instants = found.flatMap((one) => one?.dueAt ?? []);
    if (instants.length === 0) return null;
    return order === 1 ? Math.min(...instants) : Math.max(...instants);
  };
  return {
    add: (campaign, part, page) =>
      inTransaction(client, (session) => add(db, { campaign, part, page }, session)),
    size: (campaign, part) => {
      const wave = part === 'resend' ? 'resend' : { $ne: 'resend' as const };
      return recipients.countDocuments({ _id: idRange(campaign), wave });
    },
    find: (id) => recipients.findOne({ _id: id }),
    standFor: (recipient, personId) => standFor(recipients, recipient, personId),
    ...duesOf(recipients),
    nextDue: (campaign, waves) => edge(campaign, waves, 1),
    lastDue: (campaign, waves) => edge(campaign, waves, -1),
    open: (campaign, limit) =>
      recipients
        .find({ campaign, dueAt: { $gt: 0 } })
        .limit(limit)
        .toArray(),
    sent: (campaign, after, limit) =>
      recipients
        .find({ _id: { ...idRange(campaign), $gt: after }, end: 'sent', wave: { $ne: 'resend' } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    settle: (campaign, changes) =>
      inTransaction(client, (session) => settle(db, { campaign, changes, keptMs }, session)),
  };
}

/** Whose turn it is. */
function duesOf(recipients: Collection<StoredRecipient>): Pick<RecipientStore, 'due' | 'dueAgain'> {
  return {
    due: ({ campaign, wave, now, after, limit }) =>
      recipients
        .find({
          ...{ campaign, wave, rev: 0, dueAt: { $gt: 0, $gte: after?.dueAt ?? 0, $lte: now } },
          ...(after !== null && {
            $or: [
              { dueAt: { $gt: after.dueAt ?? 0 } },
              { dueAt: after.dueAt ?? 0, _id: { $gt: after._id } },
            ],
          }),
        })
        .sort({ dueAt: 1, _id: 1 })
        .limit(limit)
        .toArray(),
    dueAgain: (campaign, now, limit) =>
      recipients
        .find({ campaign, rev: { $gt: 0 }, dueAt: { $gt: 0, $lte: now } })
        .sort({ dueAt: 1 })
        .limit(limit)
        .hint('again')
        .toArray(),
  };
}

/** Counted in the campaign, so that of a page and the note of the audience's size one comes first. */
async function add(
  db: Mongo['db'],
  { campaign, part, page }: { campaign: string; part: Part; page: readonly StoredRecipient[] },
  session: Session,
): Promise<boolean> {
  const open = { _id: campaign, status: 'sending' as const, [`taken.${part}`]: null };
  const noted = await campaignsOf(db).updateOne(open, { $inc: { pages: 1 } }, { session });
  if (noted.matchedCount === 0) return false;
  const recipients = recipientsOf(db);
  const there = await recipients
    .find({ _id: { $in: page.map(({ _id }) => _id) } }, { session })
    .project<Pick<StoredRecipient, '_id'>>({ _id: 1 })
    .toArray();
  const known = new Set(there.map(({ _id }) => _id));
  const fresh = page.filter(({ _id }) => !known.has(_id));
  if (fresh.length > 0) await recipients.insertMany(fresh, { session, ordered: false });
  return true;
}

async function standFor(
  recipients: Collection<StoredRecipient>,
  { _id, campaign, wave }: StoredRecipient,
  personId: string,
): Promise<boolean> {
  const standsFor = recipientId(campaign, personId, wave);
  try {
    await recipients.updateOne({ _id }, { $set: { standsFor } });
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

function idRange(campaign: string): { $gte: string; $lt: string } {
  const from = idsOf(campaign);
  return { $gte: from, $lt: `${from}\uffff` };
}

async function settle(
  db: Mongo['db'],
  slice: { campaign: string; changes: readonly RecipientChange[]; keptMs: number | null },
  session: Session,
): Promise<RecipientChange[]> {
  const { campaign, changes, keptMs } = slice;
  const recipients = recipientsOf(db);
  const ids = changes.map(({ recipient }) => recipient._id);
  const rows = await recipients
    .find({ _id: { $in: ids }, dueAt: { $gt: 0 } }, { session })
    .project<Pick<StoredRecipient, '_id' | 'rev'>>({ rev: 1 })
    .toArray();
  const revs = new Map(rows.map(({ _id, rev }) => [_id, rev]));
  const counted = changes.filter(({ recipient: { _id, rev } }) => {
    // Once only, should one stand here twice.
    return revs.get(_id) === rev && revs.delete(_id);
  });
  if (counted.length === 0) return [];
  await recipients.bulkWrite(
    counted.map((change) => writeOf(change, keptMs)),
    { session, ordered: false },
  );
  const ended = counted.flatMap(({ recipient: { wave }, after }) =>
    'end' in after ? [{ wave, ...after }] : [],
  );
  if (ended.length === 0) return counted;
  await campaignsOf(db).updateOne({ _id: campaign }, { $inc: incrementsOf(ended) }, { session });
  return counted;
}

function writeOf(
  { recipient, after, variant, at }: RecipientChange,
  keptMs: number | null,
): AnyBulkWriteOperation<StoredRecipient> {
  const update: UpdateFilter<StoredRecipient> =
    'end' in after
      ? {
          $set: {
            ...{ end: after.end, endedAt: at, variant },
            ...(after.reason !== null && { reason: after.reason }),
            ...(keptMs !== null && { expiresAt: new Date(at + keptMs) }),
          },
          $unset: { dueAt: '', sending: '', tried: '' },
          $inc: { rev: 1 },
        }
      : { $set: { dueAt: after.dueAt, variant, ...after.progress }, $inc: { rev: 1 } };
  return { updateOne: { filter: { _id: recipient._id, rev: recipient.rev }, update } };
}
