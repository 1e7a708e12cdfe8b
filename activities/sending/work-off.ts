import type { Receipt, SendOutcome } from '#domain/journey/run.ts';
import type { SendingPlan } from '#domain/journey/steps/sending.ts';
import type { Channel } from '#domain/message/message.ts';
import { indexOfMessage, sendMessageId } from '#domain/sending/ids.ts';
import {
  afterTry,
  takeTurn,
  type AfterTurn,
  type Heard,
  type Progress,
  type SendAsk,
  type SendEnd,
} from '#domain/sending/send-turn.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Clock } from '#platform/clock.ts';
import type { SendRequest } from '../send-request.ts';

/** What working off a send needs of the world, whoever asked for it. */
export interface SendingDeps {
  profiles: { follow(id: string): Promise<Profile | null> };
  send(request: SendRequest): Promise<SendOutcome>;
  /** How far the messages of a send have come. */
  receipts(id: string): Promise<readonly { messageId: string; receipt: Receipt }[]>;
  /**
   * The queue of the provider that would be called for this message now. `template`: what it says;
   * absent: it goes with all others, whatever it says.
   */
  sendQueue(channel: Channel, messageId: string, template?: string): Promise<string>;
  /** The provider's rate is kept by its queue: no call of it may be made anywhere else. */
  isPaced(channel: Channel): boolean;
  /** IANA; for those whose zone is unknown. */
  defaultZone: string;
  clock: Clock;
}

/** Told what became of a call, or null where nobody knows. */
export type Leave = (outcome: SendOutcome | null) => void;

/** A message or cascade to one person, as it stands. */
export interface Sending {
  /** What its messages have as their run; their ids begin with it. */
  id: string;
  step: string;
  plan: SendingPlan;
  progress: Progress;
  /** As they are now; null: there is nobody. */
  person: Profile | null;
  /** The provider whose queue this comes over; absent: none. */
  via?: string | undefined;
  /** One of many of the same: it goes with all others, though somebody were owed it. */
  isBulk?: boolean;
  /**
   * Asked before each call: a number is the epoch ms at which it is to come again, as it is. Absent:
   * whoever is asked for is called.
   */
  enter?: (channel: Channel) => Promise<Leave | number>;
  /** What all of its messages have in common. */
  request: Pick<
    SendRequest,
    'profileId' | 'journey' | 'campaign' | 'entry' | 'entryKey' | 'gate' | 'tracking' | 'unless'
  >;
}

/** The same must go over its provider's queue. */
export interface Queued {
  queue: string;
  channel: Channel;
}

/** Gives one send its turn: tries what is to be tried, and says where it stands then. */
export async function workOff(
  deps: SendingDeps,
  sending: Sending,
): Promise<AfterTurn<SendEnd> | Queued> {
  const { plan, progress, person, via } = sending;
  const zone = person?.zone ?? deps.defaultZone;
  const heard = await heardOf(deps, sending);
  let turn = takeTurn(plan, progress, heard, { at: deps.clock(), zone });
  while ('ask' in turn) {
    const request = requestOf(sending, turn.ask);
    const { channel, messageId, template } = request;
    if (via === undefined && deps.isPaced(channel)) {
      const says = sending.isBulk === true ? undefined : template;
      return { queue: await deps.sendQueue(channel, messageId, says), channel };
    }
    const outcome = await callOne(deps, sending, request);
    if (typeof outcome === 'number') return { dueAt: outcome, progress };
    const heeded = sending.isBulk === true ? unhurried(outcome) : outcome;
    turn = afterTry(plan, turn.progress, heeded, { at: deps.clock(), zone });
  }
  return turn;
}

/** What became of one call; a number: nobody is called before then (epoch ms). */
async function callOne(
  deps: Pick<SendingDeps, 'send'>,
  { enter }: Sending,
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

/**
 * That a mailbox provider has had its mails for now is no word against one of many: patience
 * begins when there is a place, however many stand before. Who was asked for alone is waited for.
 */
function unhurried(outcome: SendOutcome): SendOutcome {
  if (outcome.kind !== 'later' || outcome.reason !== 'throttled') return outcome;
  return { kind: 'held', until: outcome.retryAt, reason: outcome.reason };
}

/** What became of its messages since its last turn; before the first there are none. */
async function heardOf(
  deps: Pick<SendingDeps, 'receipts'>,
  { id, progress }: Sending,
): Promise<readonly Heard[]> {
  if (progress.sending === undefined) return [];
  return (await deps.receipts(id)).flatMap(({ messageId, receipt }) => {
    const index = indexOfMessage(id, messageId);
    return index === null ? [] : [{ index, receipt }];
  });
}

function requestOf({ id, step, plan, progress, person, via, request }: Sending, ask: SendAsk) {
  const idOf = (index: number): string => sendMessageId(id, step, index);
  const isLast = ask.index >= plan.channels.length - 1;
  // What was tried before has an entry in the ledger, which is to be read then.
  const isFirst = progress.sending?.index !== ask.index;
  return {
    ...request,
    ...{ messageId: idOf(ask.index), runId: id, step, version: 1 },
    channel: ask.channel,
    template: ask.template,
    deadline: ask.deadline,
    ...(!isLast && { isAbandoned: true }),
    withdraw: ask.withdraw.map(idOf),
    ...(ask.heldSince !== undefined && { heldSince: ask.heldSince }),
    ...(via !== undefined && { via }),
    ...(isFirst && { firstTry: { person } }),
  } satisfies SendRequest;
}
