import type { StoredCampaign, StoredRecipient } from '#campaigns/campaign-document.ts';
import type { RecipientChange } from '#campaigns/recipient-store.ts';
import type { Campaign } from '#domain/campaign/campaign.ts';
import { templateOf } from '#domain/campaign/draw-place.ts';
import { campaignMessageId, indexOfMessage, journeyOfCampaign } from '#domain/campaign/ids.ts';
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
import { UNLESS_WITHIN } from '#domain/journey/steps/send.ts';
import type { Channel } from '#domain/message/message.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { addDuration } from '#domain/time/add-duration.ts';
import { negate, parseDuration } from '#domain/time/duration.ts';
import type { SendRequest } from '../send-request.ts';
import type { CampaignDeps } from './campaign-deps.ts';
import { leftOut } from './left-out.ts';

/** What is triggered by somebody comes first, where several want one slot: a journey has 50. */
const BULK_PRIORITY = 30;

/** Told what became of a call, or null where nobody knows. */
export type Leave = (outcome: SendOutcome | null) => void;

/** A recipient whose turn it is. */
export interface TurnOf {
  recipient: StoredRecipient;
  /** The provider whose queue this comes over; absent: none. */
  via?: string;
  /**
   * Asked before each call: a number is the epoch ms at which they are to come again, as they are.
   * Absent: whoever is asked for is called.
   */
  enter?: (channel: Channel) => Promise<Leave | number>;
}

/** The same recipient must go over its provider's queue. */
interface Queued {
  queue: string;
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
  const left = await leftOut(deps, campaign, recipient, person);
  if (left !== null) return ended(deps, changed(left));
  const zone = person?.zone ?? deps.defaultZone;
  const { definition, resumedAt } = campaign;
  const plan = planOf(definition, templateOf(definition, { wave: recipient.wave, variant }));
  const progress = afterPause(plan, progressOf(recipient), resumedAt, zone);
  const heard = await heardOf(deps, recipient);
  let turn = takeTurn(plan, progress, heard, { at: deps.clock(), zone });
  while ('ask' in turn) {
    const now = { at: deps.clock(), zone };
    const request = requestOf(campaign, { ...turnOf, person, variant, now }, turn);
    const { channel, messageId } = request;
    if (turnOf.via === undefined && deps.isPaced(channel)) {
      return { queue: await deps.sendQueue(channel, messageId) };
    }
    const outcome = await callOne(deps, turnOf, request);
    if (typeof outcome === 'number') {
      return changed({ dueAt: outcome, progress: progressOf(recipient) });
    }
    turn = afterTry(plan, turn.progress, outcome, { at: deps.clock(), zone });
  }
  return ended(deps, changed(stoppedOr(turn)));
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

/** What became of one call; a number: nobody is called before then (epoch ms). */
async function callOne(
  deps: CampaignDeps,
  { enter }: TurnOf,
  request: SendRequest,
): Promise<SendOutcome | number> {
  const leave = await enter?.(request.channel);
  if (typeof leave === 'number') return leave;
  let outcome: SendOutcome | null = null;
  try {
    outcome = await deps.send(request);
    return outcome;
  } finally {
    leave?.(outcome);
  }
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

interface Turn extends TurnOf {
  person: Profile | null;
  variant: string | null;
  now: { at: number; zone: string };
}

/** As of a journey's step (activities/carry-out.ts), where the product stands in what began the run. */
function unlessOf(
  { unless }: Campaign,
  { at, zone }: Turn['now'],
): SendRequest['unless'] | undefined {
  if (unless === undefined) return undefined;
  const { bought, seen, within = UNLESS_WITHIN } = unless;
  return {
    since: addDuration(at, negate(parseDuration(within)), zone),
    ...(bought !== undefined && { bought }),
    ...(seen !== undefined && { seen }),
  };
}

function requestOf(
  { _id: key, definition, begunAt }: StoredCampaign,
  { recipient, via, person, variant, now }: Turn,
  { ask }: Extract<RecipientTurn, { ask: unknown }>,
): SendRequest {
  const { _id: runId, profileId, wave, sending, rev } = recipient;
  const step = stepOf(wave);
  const idOf = (index: number): string => campaignMessageId(runId, step, index);
  const unless = unlessOf(definition, now);
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
    ...(definition.tracking !== undefined && { tracking: definition.tracking }),
    ...(unless !== undefined && { unless }),
    ...(ask.heldSince !== undefined && { heldSince: ask.heldSince }),
    ...(via !== undefined && { via }),
    ...(isFirst && { firstTry: { person } }),
  };
}
