import type { StoredCampaign, StoredRecipient } from '#campaigns/campaign-document.ts';
import type { RecipientChange } from '#campaigns/recipient-store.ts';
import { templateOf } from '#domain/campaign/draw-place.ts';
import { journeyOfCampaign, recipientId } from '#domain/campaign/ids.ts';
import { stepOf } from '#domain/campaign/recipient.ts';
import type { Profile } from '#domain/profile/profile.ts';
import {
  afterPause,
  planOf,
  type AfterTurn,
  type Progress,
  type SendEnd,
} from '#domain/sending/send-turn.ts';
import { endInLedger } from '../sending/end-in-ledger.ts';
import { workOff, type Sending } from '../sending/work-off.ts';
import type { CampaignDeps } from './campaign-deps.ts';

/** What is triggered by somebody comes first, where several want one slot: a journey has 50. */
const BULK_PRIORITY = 30;

/** A recipient whose turn it is. */
export interface TurnOf {
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
  turnOf: TurnOf,
): Promise<RecipientChange | Queued> {
  const { recipient } = turnOf;
  const variant = variantOf(campaign, recipient);
  const changed = (after: RecipientChange['after']): RecipientChange => {
    return { recipient, after, variant, at: deps.clock() };
  };
  const person = await deps.profiles.follow(recipient.profileId);
  const left = await leftOut(deps, recipient, person);
  if (left !== null) return changed(left);
  const zone = person?.zone ?? deps.defaultZone;
  const { definition, resumedAt } = campaign;
  const plan = planOf(definition, templateOf(definition, { wave: recipient.wave, variant }));
  const progress = afterPause(plan, progressOf(recipient), resumedAt, zone);
  const done = await workOff(deps, {
    ...{ id: recipient._id, step: stepOf(recipient.wave), plan, progress, person },
    ...{ via: turnOf.via, isBulk: true },
    request: commonOf(campaign, recipient, variant),
  });
  if ('queue' in done) return { queue: done.queue, max: deps.queuedMax(done.channel) };
  return changed(stoppedOr(done));
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

/** How somebody ends who is not to be tried at all; null: they are. */
async function leftOut(
  deps: CampaignDeps,
  recipient: StoredRecipient,
  person: Profile | null,
): Promise<RecipientChange['after'] | null> {
  if (await hasAnswered(deps, recipient)) return { end: 'suppressed', reason: 'opened' };
  const isMerged = await isSomebodyElse(deps, recipient, person);
  return isMerged ? mergedEnd(deps, recipient) : null;
}

/** Of a second message: they have opened the first meanwhile. */
async function hasAnswered(
  deps: CampaignDeps,
  { campaign, profileId, wave, sending }: StoredRecipient,
): Promise<boolean> {
  if (wave !== 'resend' || sending !== undefined) return false;
  return deps.hasAnswered(recipientId(campaign, profileId, 'main'));
}

/** Their profile was merged with that of another recipient, who gets the message. */
async function isSomebodyElse(
  { recipients }: CampaignDeps,
  { profileId, campaign, wave, sending }: StoredRecipient,
  person: Profile | null,
): Promise<boolean> {
  if (person === null || person._id === profileId || sending !== undefined) return false;
  return (await recipients.find(recipientId(campaign, person._id, wave))) !== null;
}

/** Unless it had gone out before. */
async function mergedEnd(
  deps: CampaignDeps,
  { _id }: StoredRecipient,
): Promise<RecipientChange['after']> {
  const words = (await deps.words([_id])).get(_id) ?? [];
  return endInLedger(words) ?? { end: 'suppressed', reason: 'merged' };
}

function progressOf({ sending, tried, reason }: StoredRecipient): Progress {
  return {
    ...(sending !== undefined && { sending }),
    ...(tried !== undefined && { tried }),
    ...(reason !== undefined && { reason }),
  };
}

function commonOf(
  { _id: key, definition, begunAt }: StoredCampaign,
  { profileId }: StoredRecipient,
  variant: string | null,
): Sending['request'] {
  return {
    ...{ profileId, journey: journeyOfCampaign(key), campaign: { key, variant } },
    entry: { kind: 'api', id: key, at: begunAt ?? 0, event: null, properties: {} },
    entryKey: null,
    gate: { priority: BULK_PRIORITY, ...definition.gate },
  };
}
