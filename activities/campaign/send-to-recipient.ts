import type { StoredCampaign, StoredRecipient } from '#campaigns/campaign-document.ts';
import type { RecipientChange } from '#campaigns/recipient-store.ts';
import { templateOf } from '#domain/campaign/draw-place.ts';
import {
  campaignMessageId,
  indexOfMessage,
  journeyOfCampaign,
  recipientId,
} from '#domain/campaign/ids.ts';
import {
  afterPause,
  afterTry,
  planOf,
  stepOf,
  takeTurn,
  type Heard,
  type RecipientTurn,
} from '#domain/campaign/recipient.ts';
import type { SendOutcome } from '#domain/journey/run.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { SendRequest } from '../send-request.ts';
import type { CampaignDeps } from './campaign-deps.ts';
import { endInLedger } from './end-in-ledger.ts';

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
  const heard = await heardOf(deps, recipient);
  let turn = takeTurn(plan, progress, heard, { at: deps.clock(), zone });
  while ('ask' in turn) {
    const request = requestOf(campaign, { ...turnOf, person, variant }, turn);
    const { channel, messageId } = request;
    if (turnOf.via === undefined && deps.isPaced(channel)) {
      const queue = await deps.sendQueue(channel, messageId);
      return { queue, max: deps.queuedMax(channel) };
    }
    const outcome = unhurried(await deps.send(request));
    turn = afterTry(plan, turn.progress, outcome, { at: deps.clock(), zone });
  }
  return changed(stoppedOr(turn));
}

/**
 * That a mailbox provider has had its mails for now is no word against anybody: the patience of a
 * recipient begins when there is a place for them, however many stand before.
 */
function unhurried(outcome: SendOutcome): SendOutcome {
  if (outcome.kind !== 'later' || outcome.reason !== 'throttled') return outcome;
  return { kind: 'held', until: outcome.retryAt, reason: outcome.reason };
}

/** It was claimed, and the campaign stopped before its provider was called. */
function stoppedOr(turn: RecipientChange['after']): RecipientChange['after'] {
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
  const words = (await deps.messages.words([_id])).get(_id) ?? [];
  return endInLedger(words) ?? { end: 'suppressed', reason: 'merged' };
}

function progressOf({ sending, tried, reason }: StoredRecipient) {
  return {
    ...(sending !== undefined && { sending }),
    ...(tried !== undefined && { tried }),
    ...(reason !== undefined && { reason }),
  };
}

/** What became of their messages since their last turn; before the first there are none. */
async function heardOf(
  deps: CampaignDeps,
  { _id, sending }: StoredRecipient,
): Promise<readonly Heard[]> {
  if (sending === undefined) return [];
  return (await deps.receipts(_id)).flatMap(({ messageId, receipt }) => {
    const index = indexOfMessage(_id, messageId);
    return index === null ? [] : [{ index, receipt }];
  });
}

function requestOf(
  { _id: key, definition, begunAt }: StoredCampaign,
  { recipient, via, person, variant }: TurnOf & { person: Profile | null; variant: string | null },
  { ask }: Extract<RecipientTurn, { ask: unknown }>,
): SendRequest {
  const { _id: runId, profileId, wave, sending, rev } = recipient;
  const step = stepOf(wave);
  const idOf = (index: number): string => campaignMessageId(runId, step, index);
  const isLast = ask.index >= (definition.cascade?.length ?? 1) - 1;
  // What was tried before has an entry in the ledger, which is to be read then.
  const isFirst = rev === 0 || (sending !== undefined && sending.index !== ask.index);
  return {
    ...{ messageId: idOf(ask.index), runId, profileId, step, version: 1 },
    journey: journeyOfCampaign(key),
    campaign: { key, variant },
    channel: ask.channel,
    template: ask.template,
    deadline: ask.deadline,
    ...(!isLast && { isAbandoned: true }),
    entry: { kind: 'api', id: key, at: begunAt ?? 0, event: null, properties: {} },
    entryKey: null,
    withdraw: ask.withdraw.map(idOf),
    gate: { priority: BULK_PRIORITY, ...definition.gate },
    ...(ask.heldSince !== undefined && { heldSince: ask.heldSince }),
    ...(via !== undefined && { via }),
    ...(isFirst && { firstTry: { person } }),
  };
}
