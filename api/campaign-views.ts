import { z } from 'zod';
import { PAUSE_REASONS, type StoredCampaign } from '#campaigns/campaign-document.ts';
import { Campaign } from '#domain/campaign/campaign.ts';
import { CAMPAIGN_STATUSES } from '#domain/campaign/orders.ts';
import { ENDS } from '#domain/campaign/recipient.ts';
import { countsOf, endedIn, toldOfCascade, type Part } from '#domain/campaign/tally.ts';
import { timeLeft } from '#domain/campaign/time-left.ts';
import type { Engagement } from '#messages/campaign-messages.ts';
import { Instant, iso, isoOrNull } from './views.ts';

const count = z.number().int();

const Counts = z.object({
  pending: count.describe('Not decided yet: waiting for their turn, held, or being tried.'),
  sent: count.describe('Taken by a provider, and nothing was heard since.'),
  delivered: count.describe('Delivered, or looked at.'),
  unknown: count.describe('Nobody will ever know whether it went out.'),
  failed: count.describe('Refused by the provider, or returned.'),
  suppressed: count.describe('Held back by the gate, or without content for them.'),
  stopped: count.describe('The campaign was stopped before their turn.'),
});

const Reasons = z
  .partialRecord(z.enum(ENDS), z.record(z.string(), count))
  .describe('Of those who were suppressed or failed: why, by the words of the gate.');

const EngagementView = z
  .object({ opened: count, clicked: count, unsubscribed: count, complained: count })
  .describe('Messages by the last thing their reader did.');

const Result = z.object({
  variant: z.string(),
  sent: count,
  opened: count,
  clicked: count,
});

const StatusFields = {
  key: z.string(),
  name: z.string(),
  status: z.enum(CAMPAIGN_STATUSES),
  audience: count.describe('Recipients; 0 until they were taken from the segment.'),
  pausedFor: z
    .enum(PAUSE_REASONS)
    .nullable()
    .describe('What it lacked when it was to begin: it was paused by itself. Null: by somebody.'),
  startsAt: Instant.nullable(),
  begunAt: Instant.nullable().describe('The audience is that of this instant.'),
  endedAt: Instant.nullable(),
  createdAt: Instant,
  updatedAt: Instant,
};

/** A campaign in a list, and as an order answers it. */
export const CampaignStatusView = z.object(StatusFields);

/** One campaign: what was asked for, and how far it is. */
export const CampaignView = z.object({
  ...StatusFields,
  definition: Campaign.describe('As it was written.'),
  counts: Counts.describe('Everybody at one place: the numbers add up to `audience`.'),
  reasons: Reasons,
  engagement: EngagementView,
  progress: z.object({
    ended: count.describe('How many of the audience had their turn.'),
    perMinute: count.describe('Recipients a minute, of late.'),
    secondsLeft: count
      .nullable()
      .describe('Until everybody had their turn, about; null: not known, or nothing goes on.'),
  }),
  experiment: z
    .object({
      winner: z.string().nullable(),
      chosenAt: Instant.nullable(),
      results: z.array(Result).describe('People, by variant; as of when the winner was chosen.'),
    })
    .nullable(),
  resend: z
    .object({
      audience: count.describe('Those who had not opened; 0 until they were taken.'),
      counts: Counts,
      reasons: Reasons,
      engagement: EngagementView,
    })
    .nullable(),
});

export function viewCampaignStatus(stored: StoredCampaign): z.infer<typeof CampaignStatusView> {
  const { _id: key, definition, status, taken, startsAt, begunAt, endedAt } = stored;
  return {
    key,
    name: definition.name,
    status,
    audience: taken.main?.size ?? 0,
    pausedFor: stored.pausedFor ?? null,
    startsAt: isoOrNull(startsAt),
    begunAt: isoOrNull(begunAt),
    endedAt: isoOrNull(endedAt),
    createdAt: iso(stored.createdAt),
    updatedAt: iso(stored.updatedAt),
  };
}

/** What is read beside the campaign's own document. */
export interface CampaignFacts {
  now: number;
  engagement: Record<Part, Engagement>;
  /** Of a test whose winner is not chosen yet, too. */
  results: z.infer<typeof Result>[];
  /** Epoch ms of the last turn that is known; null: nobody waits. */
  lastDueAt: number | null;
}

export function viewCampaign(
  stored: StoredCampaign,
  facts: CampaignFacts,
): z.infer<typeof CampaignView> {
  const { definition, winner, tally } = stored;
  const { results } = facts;
  const hasVariants = definition.experiment !== undefined;
  const main = viewPart(stored, 'main', facts);
  const resend = viewPart(stored, 'resend', facts);
  return {
    ...viewCampaignStatus(stored),
    definition,
    counts: main.counts,
    reasons: main.reasons,
    engagement: main.engagement,
    progress: {
      ended: endedIn(tally.main.ends),
      perMinute: stored.perMinute,
      secondsLeft: secondsLeft(stored, main.counts.pending + resend.counts.pending, facts),
    },
    experiment: hasVariants
      ? {
          winner: winner?.variant ?? null,
          chosenAt: isoOrNull(winner?.at ?? null),
          results: winner?.results ?? results,
        }
      : null,
    resend: definition.resend === undefined ? null : resend,
  };
}

function viewPart(
  { definition, taken, tally }: StoredCampaign,
  part: Part,
  { engagement: both }: CampaignFacts,
) {
  const audience = taken[part]?.size ?? 0;
  const { ends, reasons } = tally[part];
  const { told, ...engagement } = both[part];
  // Whom a cascade reached is told by its end; a channel it left may have delivered all the same.
  const isCascade = definition.cascade !== undefined;
  const counts = countsOf(audience, ends, isCascade ? toldOfCascade(tally[part]) : told);
  return { audience, counts, reasons: byEnd(reasons), engagement };
}

function byEnd(reasons: Record<string, number>): z.infer<typeof Reasons> {
  const all = ENDS.map((end) => {
    const own = Object.entries(reasons).filter(([name]) => name.startsWith(`${end}:`));
    return [end, own.map(([name, times]) => [name.slice(end.length + 1), times] as const)] as const;
  });
  return Object.fromEntries(
    all.filter(([, own]) => own.length > 0).map(([end, own]) => [end, Object.fromEntries(own)]),
  );
}

function secondsLeft(
  { status, taken, definition, perMinute, winner }: StoredCampaign,
  pending: number,
  { now, lastDueAt }: CampaignFacts,
): number | null {
  if (status === 'done' || status === 'stopped') return 0;
  // Nobody knows yet when the rest of a test is let go.
  const isTesting = definition.experiment?.winner !== undefined && winner === null;
  if (status !== 'sending' || taken.main === null || isTesting) return null;
  const { ratePerMinute } = definition;
  return timeLeft({ now, pending, perMinute, ratePerMinute, lastDueAt });
}
