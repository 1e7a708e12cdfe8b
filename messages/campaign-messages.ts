import { isAnswered } from '#domain/campaign/answered.ts';
import type { VariantResult } from '#domain/campaign/choose-winner.ts';
import type { Told } from '#domain/campaign/tally.ts';
import type { MessageStatus, StoredMessage } from '#domain/message/message.ts';
import { MESSAGE_STATUSES } from '#domain/message/message.ts';
import { wasAccepted } from '#domain/message/status.ts';
import { gather } from '#platform/gather.ts';
import type { Collections } from '#platform/mongo.ts';
import type { LedgerWord } from './ledger-words.ts';

const OPENED: readonly MessageStatus[] = ['opened', 'read', 'clicked'];
const CLICKED: readonly MessageStatus[] = ['clicked'];
const ARRIVED: readonly MessageStatus[] = [...OPENED, 'delivered', 'unsubscribed', 'complained'];
const TAKEN = MESSAGE_STATUSES.filter((status) => wasAccepted(status) || status === 'unknown');

/** What people did with the messages of one part of a campaign, by how far each has come. */
export interface Engagement {
  told: Told;
  opened: number;
  clicked: number;
  unsubscribed: number;
  complained: number;
}

/** A recipient whose turn it is, and the person they are now. */
interface OthersAsk {
  campaign: string;
  /** The first message or the second. */
  step: string;
  recipient: string;
  profileId: string;
  /** Epoch ms. */
  since: number;
}

type Word = Pick<LedgerWord, 'status' | 'reason'>;

type Others = { recipient: string; statuses: MessageStatus[] }[];

/** What the ledger knows of campaigns' messages. */
export interface CampaignMessages {
  /** Counted over an index that holds campaigns' messages alone; `step`: the first or the second. */
  engagement(campaign: string, step: string): Promise<Engagement>;
  /** What each variant came to, by people; those first who stand first in `variants`. */
  results(campaign: string, variants: readonly string[]): Promise<VariantResult[]>;
  /** Of these recipients, those who are not to get a second message. */
  answered(recipients: readonly string[]): Promise<Set<string>>;
  /**
   * What stands on a person of other recipients' messages, since the campaign began, by recipient:
   * merges bring them. Reads of the same moment are one.
   */
  ofOthers(ask: OthersAsk): Promise<Others>;
}

export function createCampaignMessages({
  messages,
}: Pick<Collections, 'messages'>): CampaignMessages {
  return {
    async engagement(campaign, step) {
      const groups = await messages
        .aggregate<{ _id: Word; count: number }>([
          { $match: { campaign, step } },
          { $group: { _id: { status: '$status', reason: '$reason' }, count: { $sum: 1 } } },
        ])
        .toArray();
      return engagementOf(groups.map(({ _id, count }) => ({ ..._id, count })));
    },
    async results(campaign, variants) {
      const rows = await messages
        .aggregate<Omit<VariantResult, 'variant'> & { _id: string }>(
          [
            { $match: { campaign, step: 'send', variant: { $in: [...variants] } } },
            {
              // A person may have several messages, by the channels of a cascade.
              $group: {
                _id: { person: '$runId', variant: '$variant' },
                sent: { $max: { $in: ['$status', TAKEN] } },
                opened: { $max: hasBeen(OPENED) },
                clicked: { $max: hasBeen(CLICKED) },
              },
            },
            {
              $group: {
                _id: '$_id.variant',
                ...{ sent: sumOf('$sent'), opened: sumOf('$opened'), clicked: sumOf('$clicked') },
              },
            },
          ],
          { allowDiskUse: true },
        )
        .toArray();
      const found = new Map(rows.map(({ _id, ...result }) => [_id, result]));
      const none = { sent: 0, opened: 0, clicked: 0 };
      return variants.map((variant) => ({ variant, ...(found.get(variant) ?? none) }));
    },
    async answered(recipients) {
      const found = await messages
        .find({ runId: { $in: [...recipients] } })
        .project<{ runId: string; history: { status: MessageStatus }[] }>({
          ...{ _id: 0, runId: 1, 'history.status': 1 },
        })
        .toArray();
      const histories = new Map<string, MessageStatus[][]>();
      for (const { runId, history } of found) {
        const past = history.map(({ status }) => status);
        histories.set(runId, [...(histories.get(runId) ?? []), past]);
      }
      return new Set(recipients.filter((id) => isAnswered(histories.get(id) ?? [])));
    },
    ofOthers: gather((asks: readonly OthersAsk[]) => wordsOfOthers(messages, asks)),
  };
}

/** By the person and since the campaigns began: of most there is nothing to be read. */
async function wordsOfOthers(
  messages: Collections['messages'],
  asks: readonly OthersAsk[],
): Promise<Others[]> {
  const found = await messages
    .find({
      profileId: { $in: [...new Set(asks.map(({ profileId }) => profileId))] },
      createdAt: { $gte: Math.min(...asks.map(({ since }) => since)) },
      campaign: { $in: [...new Set(asks.map(({ campaign }) => campaign))] },
    })
    .hint({ profileId: 1, createdAt: -1, _id: -1 })
    .project<Pick<StoredMessage, 'campaign' | 'profileId' | 'runId' | 'step' | 'status'>>({
      ...{ _id: 0, campaign: 1, profileId: 1, runId: 1, step: 1, status: 1 },
    })
    .toArray();
  return asks.map(({ campaign, step, recipient, profileId }) =>
    found
      .filter((one) => one.profileId === profileId && one.campaign === campaign)
      .filter((one) => one.step === step && one.runId !== recipient)
      .map(({ runId, status }) => ({ recipient: runId, statuses: [status] })),
  );
}

function hasBeen(statuses: readonly MessageStatus[]): object {
  return { $gt: [{ $size: { $setIntersection: ['$history.status', [...statuses]] } }, 0] };
}

function sumOf(flag: string): object {
  return { $sum: { $cond: [flag, 1, 0] } };
}

function engagementOf(groups: readonly (Word & { count: number })[]): Engagement {
  const sum = (isMeant: (word: Word) => boolean): number =>
    groups.filter(isMeant).reduce((total, { count }) => total + count, 0);
  const among =
    (statuses: readonly MessageStatus[]) =>
    ({ status }: Word): boolean =>
      statuses.includes(status);
  return {
    told: {
      delivered: sum(among(ARRIVED)),
      // With a reason it was refused, and was never taken.
      returned: sum(({ status, reason }) => {
        return status === 'bounced' || (status === 'failed' && reason === null);
      }),
      unknown: sum(among(['unknown'])),
    },
    opened: sum(among(OPENED)),
    clicked: sum(among(CLICKED)),
    unsubscribed: sum(among(['unsubscribed'])),
    complained: sum(among(['complained'])),
  };
}
