import type { Profile } from '#domain/profile/profile.ts';
import { JOURNEY_OF_SENDS } from '#domain/sending/ids.ts';
import { planOf, type AfterTurn, type Progress, type SendEnd } from '#domain/sending/send-turn.ts';
import { MINUTE_MS } from '#domain/time/duration.ts';
import type { LedgerWords } from '#messages/ledger-words.ts';
import type { Logger } from '#platform/logger.ts';
import type { StoredSend } from '#sends/send-document.ts';
import type { SendStore } from '#sends/send-store.ts';
import type { MessageInput, MessageTurn } from '#workflows/contract.ts';
import { orGiveUp } from '../sending/or-give-up.ts';
import { workOff, type Queued, type SendingDeps } from '../sending/work-off.ts';

/** What sending a message that was asked for by itself needs. */
export interface MessageDeps extends SendingDeps {
  sends: Pick<SendStore, 'find' | 'settle'>;
  words: LedgerWords;
  /** Whether something that was told of a person in that time (epoch ms) is not in their profile yet. */
  isBehind(profileId: string, told: { since: number; until: number }): Promise<boolean>;
  /** Told how a send ended, once that is durable. */
  onEnded?: (end: SendEnd) => void;
  logger: Pick<Logger, 'error'>;
}

/** The name of the one step there is, in the ids of messages. */
const STEP = 'send';

/**
 * Who is told of a customer and asks for a message in the next moment means the customer as told.
 * What was told so short a time before is waited for, in ms, and for as long: the router takes a
 * fraction of that, and a receipt must not wait for a router that is far behind.
 */
const TOLD_WITHIN_MS = 10_000;
/** Somebody of whom nothing was applied yet has no address: they are waited for, in ms. */
const MADE_WITHIN_MS = 60 * MINUTE_MS;
/** Looked at again after as long as it was waited for, between these, in ms. */
const AGAIN_LEAST_MS = 50;
const AGAIN_MOST_MS = 5_000;
/** Another execution of the same send was faster: what it does next is looked at after this, in ms. */
const OVERTAKEN_MS = 1_000;

const OVER: MessageTurn = { kind: 'over' };

/**
 * Gives a send its turn, if it is its turn, and says what comes then. `via`: the provider whose
 * queue this comes over. Whatever was cut off before stands in the store and the ledger: it begins
 * with what is there.
 */
export async function messageTurn(
  deps: MessageDeps,
  { send: id }: MessageInput,
  via?: string,
): Promise<MessageTurn> {
  const send = await deps.sends.find(id);
  // Ended, or erased with its person.
  if (send?.dueAt === undefined) return OVER;
  const early = send.dueAt - deps.clock();
  if (early > 0) return { kind: 'wait', ms: early };
  const done = await orGiveUp(deps, id, () => giveTurn(deps, send, via));
  if ('queue' in done) return { kind: 'queued', queue: done.queue };
  const after = 'givenUp' in done ? done.givenUp : done;
  const at = deps.clock();
  if (!(await deps.sends.settle(send, after, at))) return { kind: 'wait', ms: OVERTAKEN_MS };
  if (!('end' in after)) return { kind: 'wait', ms: Math.max(1, after.dueAt - at) };
  deps.onEnded?.(after.end);
  return OVER;
}

async function giveTurn(
  deps: MessageDeps,
  send: StoredSend,
  via: string | undefined,
): Promise<AfterTurn<SendEnd> | Queued> {
  const person = await deps.profiles.follow(send.profileId);
  const progress = progressOf(send);
  // Once only: whoever waited in a queue does not give up their place there.
  if (via === undefined && (await isToBeTold(deps, send, person))) {
    const now = deps.clock();
    const again = Math.min(AGAIN_MOST_MS, Math.max(AGAIN_LEAST_MS, now - send.createdAt));
    return { dueAt: now + again, progress };
  }
  const { _id: id, profileId, createdAt: at, data = {} } = send;
  return workOff(deps, {
    ...{ id, step: STEP, plan: planOf(send, send.template), progress, person, via },
    request: {
      ...{ profileId, journey: JOURNEY_OF_SENDS, entryKey: null },
      entry: { kind: 'api', id, at, event: null, properties: data },
    },
  });
}

/** What was told of the person before the send was asked for is not known yet. */
async function isToBeTold(
  deps: MessageDeps,
  { profileId, createdAt, sending }: StoredSend,
  person: Profile | null,
): Promise<boolean> {
  const waited = deps.clock() - createdAt;
  if (sending !== undefined) return false;
  if (person === null) return waited < MADE_WITHIN_MS;
  const told = { since: createdAt - TOLD_WITHIN_MS, until: createdAt };
  return waited < TOLD_WITHIN_MS && deps.isBehind(profileId, told);
}

function progressOf({ sending, tried, reason }: StoredSend): Progress {
  return {
    ...(sending !== undefined && { sending }),
    ...(tried !== undefined && { tried }),
    ...(reason !== undefined && { reason }),
  };
}
