/**
 * `draft` may be changed; `scheduled` waits for its instant; `sending` goes on until everybody has
 * ended, and is `done` then. A stopped campaign never goes on.
 */
export const CAMPAIGN_STATUSES = [
  'draft',
  'scheduled',
  'sending',
  'paused',
  'stopped',
  'done',
] as const;
export type CampaignStatus = (typeof CAMPAIGN_STATUSES)[number];

/** What a marketer may ask of a campaign, and where it may be asked. */
export const ORDERS = {
  start: { from: ['draft'], was: ['scheduled', 'sending'] },
  pause: { from: ['scheduled', 'sending'], was: ['paused'] },
  resume: { from: ['paused'], was: ['scheduled', 'sending'] },
  stop: { from: ['scheduled', 'sending', 'paused'], was: ['stopped'] },
} as const satisfies Record<
  string,
  { from: readonly CampaignStatus[]; was: readonly CampaignStatus[] }
>;
export type CampaignOrder = keyof typeof ORDERS;

/**
 * The status after an order: `null` where it was carried out before, so that a repeat changes
 * nothing; undefined where it is impossible. `startsAt` and `now` in epoch ms.
 */
export function afterOrder(
  order: CampaignOrder,
  status: CampaignStatus,
  { startsAt, now }: { startsAt: number; now: number },
): CampaignStatus | null | undefined {
  const { from, was } = ORDERS[order];
  if ((was as readonly CampaignStatus[]).includes(status)) return null;
  if (!(from as readonly CampaignStatus[]).includes(status)) return undefined;
  if (order === 'pause') return 'paused';
  if (order === 'stop') return 'stopped';
  return startsAt > now ? 'scheduled' : 'sending';
}

/** Why an order is impossible, in a sentence. */
export function orderRefusal(order: CampaignOrder, status: CampaignStatus): string {
  const state = status === 'draft' ? 'a draft' : status;
  if (order === 'start' && (status === 'stopped' || status === 'done')) {
    return `The campaign is ${state}. A campaign goes out once: make another one under a new key.`;
  }
  if (status === 'draft') return `The campaign is a draft, so it cannot ${order}. Start it first.`;
  return `The campaign is ${state}, so it cannot ${order}.`;
}
