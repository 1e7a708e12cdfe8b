import type { StoredCampaign, StoredRecipient } from '#campaigns/campaign-document.ts';
import type { RecipientChange } from '#campaigns/recipient-store.ts';
import type { Campaign } from '#domain/campaign/campaign.ts';
import { templateOf } from '#domain/campaign/draw-place.ts';
import { journeyOfCampaign } from '#domain/campaign/ids.ts';
import { stepOf } from '#domain/campaign/recipient.ts';
import { dueAfterPause } from '#domain/campaign/schedule.ts';
import { UNLESS_WITHIN } from '#domain/journey/steps/send.ts';
import {
  afterPause,
  planOf,
  type AfterTurn,
  type Progress,
  type SendEnd,
} from '#domain/sending/send-turn.ts';
import { addDuration } from '#domain/time/add-duration.ts';
import { negate, parseDuration } from '#domain/time/duration.ts';
import type { SendRequest } from '../send-request.ts';
import { workOff, type Sending } from '../sending/work-off.ts';
import type { CampaignDeps } from './campaign-deps.ts';
import { leftOut } from './left-out.ts';

/** What is triggered by somebody comes first, where several want one slot: a journey has 50. */
const BULK_PRIORITY = 30;

/** A recipient whose turn it is. */
export interface TurnOf extends Pick<Sending, 'enter'> {
  recipient: StoredRecipient;
  /** The provider whose queue this comes over; absent: none. */
  via?: string;
}

/** The same recipient must go over its provider's queue. */
interface Queued {
  queue: string;
  /** How many may wait there. */
  max: number;
}

/** Gives one recipient their turn: tries what is to be tried, and says where they stand then. */
export async function sendToRecipient(
  deps: CampaignDeps,
  campaign: StoredCampaign,
  { recipient, via, enter }: TurnOf,
): Promise<RecipientChange | Queued> {
  const variant = variantOf(campaign, recipient);
  const changed = (after: RecipientChange['after']): RecipientChange => {
    return { recipient, after, variant, at: deps.clock() };
  };
  const person = await deps.profiles.follow(recipient.profileId);
  const left = await leftOut(deps, campaign, recipient, person);
  if (left !== null) return ended(deps, changed(left));
  const zone = person?.zone ?? deps.defaultZone;
  const { definition, resumedAt } = campaign;
  const missed = missedHour(campaign, recipient, { now: deps.clock(), zone });
  if (missed !== null) return changed({ dueAt: missed, progress: {} });
  const plan = planOf(definition, templateOf(definition, { wave: recipient.wave, variant }));
  const progress = afterPause(plan, progressOf(recipient), resumedAt, zone);
  const done = await workOff(deps, {
    ...{ id: recipient._id, step: stepOf(recipient.wave), plan, progress, person },
    ...{ via, isBulk: true, ...(enter !== undefined && { enter }) },
    request: {
      ...commonOf(campaign, recipient, variant),
      ...unlessOf(definition, { at: deps.clock(), zone }),
    },
  });
  if ('queue' in done) return { queue: done.queue, max: deps.queuedMax(done.channel) };
  return ended(deps, changed(stoppedOr(done)));
}

/**
 * Whoever ends without having been sent it gets nothing of it later: what another try or a broken
 * call has left open is withdrawn first. A first turn that ends leaves nothing open.
 */
async function ended(deps: CampaignDeps, change: RecipientChange): Promise<RecipientChange> {
  const { after, recipient } = change;
  const isOver = 'end' in after && after.end !== 'sent';
  if (isOver && (recipient.rev > 0 || after.reason === 'merged')) {
    await deps.withdraw({ runId: recipient._id });
  }
  return change;
}

/** Of those who have not been called for: when their hour comes again. */
function missedHour(
  { definition, resumedAt }: StoredCampaign,
  { sending, dueAt = 0 }: StoredRecipient,
  { now, zone }: { now: number; zone: string },
): number | null {
  if (sending !== undefined) return null;
  return dueAfterPause(definition.localTime, { dueAt, resumedAt, now }, zone);
}

/** It was claimed, and the campaign stopped before its provider was called. */
function stoppedOr(turn: AfterTurn<SendEnd>): RecipientChange['after'] {
  const isStopped = 'end' in turn && turn.reason === 'runEnded';
  return isStopped ? { end: 'stopped', reason: null } : turn;
}

/** What the rest gets is known since the winner is. */
function variantOf({ winner }: StoredCampaign, { wave, variant }: StoredRecipient): string | null {
  return wave === 'rest' ? (winner?.variant ?? null) : variant;
}

function progressOf({ sending, tried, reason }: StoredRecipient): Progress {
  return {
    ...(sending !== undefined && { sending }),
    ...(tried !== undefined && { tried }),
    ...(reason !== undefined && { reason }),
  };
}

/** As of a journey's step (activities/carry-out.ts), where the product stands in what began the run. */
function unlessOf(
  { unless }: Campaign,
  { at, zone }: { at: number; zone: string },
): Pick<SendRequest, 'unless'> {
  if (unless === undefined) return {};
  const { bought, seen, within = UNLESS_WITHIN } = unless;
  return {
    unless: {
      since: addDuration(at, negate(parseDuration(within)), zone),
      ...(bought !== undefined && { bought }),
      ...(seen !== undefined && { seen }),
    },
  };
}

function commonOf(
  { _id: key, definition, begunAt }: StoredCampaign,
  { profileId }: StoredRecipient,
  variant: string | null,
): Sending['request'] {
  const { tracking } = definition;
  return {
    ...{ profileId, journey: journeyOfCampaign(key), campaign: { key, variant } },
    entry: { kind: 'api', id: key, at: begunAt ?? 0, event: null, properties: {} },
    entryKey: null,
    gate: { priority: BULK_PRIORITY, ...definition.gate },
    ...(tracking !== undefined && { tracking }),
  };
}
