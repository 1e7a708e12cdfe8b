import type { VariantResult } from '#domain/campaign/choose-winner.ts';
import type { Told } from '#domain/campaign/tally.ts';
import type { MessageStatus } from '#domain/message/message.ts';
import { MESSAGE_STATUSES } from '#domain/message/message.ts';
import { wasAccepted } from '#domain/message/status.ts';
import type { Collections } from '#platform/mongo.ts';
import type { LedgerWord } from './ledger-words.ts';

const OPENED: readonly MessageStatus[] = ['opened', 'read', 'clicked'];
const CLICKED: readonly MessageStatus[] = ['clicked'];
/** Whoever did one of these saw the message, or can get no other. */
const NO_SECOND: readonly MessageStatus[] = [
  ...OPENED,
  'unsubscribed',
  'complained',
  'bounced',
  'failed',
];
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

/** What the ledger knows of campaigns' messages. */
export interface CampaignMessages {
  /** Counted over an index that holds campaigns' messages alone; `step`: the first or the second. */
  engagement(campaign: string, step: string): Promise<Engagement>;
  /** What each variant came to, by people; those first who stand first in `variants`. */
  results(campaign: string, variants: readonly string[]): Promise<VariantResult[]>;
  /** Of these recipients, those who are not to get a second message. */
  answered(recipients: readonly string[]): Promise<Set<string>>;
}

export function createCampaignMessages({
  messages,
}: Pick<Collections, 'messages'>): CampaignMessages {
  return {
    async engagement(campaign, step) {
      const groups = await messages
        .aggregate<{ _id: LedgerWord; count: number }>([
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
        .find({ runId: { $in: [...recipients] }, 'history.status': { $in: [...NO_SECOND] } })
        .project<{ runId: string }>({ _id: 0, runId: 1 })
        .toArray();
      return new Set(found.map(({ runId }) => runId));
    },
  };
}

function hasBeen(statuses: readonly MessageStatus[]): object {
  return { $gt: [{ $size: { $setIntersection: ['$history.status', [...statuses]] } }, 0] };
}

function sumOf(flag: string): object {
  return { $sum: { $cond: [flag, 1, 0] } };
}

function engagementOf(groups: readonly (LedgerWord & { count: number })[]): Engagement {
  const sum = (isMeant: (word: LedgerWord) => boolean): number =>
    groups.filter(isMeant).reduce((total, { count }) => total + count, 0);
  const among =
    (statuses: readonly MessageStatus[]) =>
    ({ status }: LedgerWord): boolean =>
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
