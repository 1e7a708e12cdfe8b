import type { Provider } from '#channels/provider.ts';
import { contentHash } from '#channels/text-hash.ts';
import type { SendOutcome } from '#domain/journey/run.ts';
import type { StoredMessage } from '#domain/message/message.ts';
import type { IllProvider } from '#domain/message/after-refusal.ts';
import { asksSlots, HOLD_MAX_MS } from '#domain/message/gate/may-go.ts';
import type { PaceAnswer, Place } from '#domain/message/pace/pace.ts';
import type { Claim, KeptBack, MessageIdentity } from '#messages/ledger-entry.ts';
import { createLedger } from '#messages/ledger-store.ts';
import type { SlotAnswer } from '#messages/slot-store.ts';
import { callProvider, givePlaceBack } from './call-provider.ts';
import { prepareSend, type Letter, type Prepared } from './prepare-send.ts';
import { resolveSend } from './resolve-send.ts';
import {
  createSendReads,
  isPastQueue,
  providerFor,
  type SendCall,
  type SendDeps,
  type SendRequest,
} from './send-request.ts';
import { settledOutcome, standing } from './send-standing.ts';
import { createWithdrawMessages } from './withdraw-messages.ts';

export type { SendDeps, SendRequest } from './send-request.ts';

/**
 * Sends one message at most once, however often and wherever it is asked to. Every execution may
 * be cut off anywhere: what the ledger holds decides what the next one does. Never throws for
 * what a provider did; what it throws (a database away) may be repeated.
 */
export function createSendMessage(deps: SendDeps): (request: SendRequest) => Promise<SendOutcome> {
  const ledger = deps.ledger ?? createLedger(deps.collections, deps.clock);
  const reads = createSendReads(deps.collections);
  const withdraw = createWithdrawMessages(deps);
  return async (request) => {
    const call: SendCall = { deps, ledger, reads, request };
    if (request.withdraw.length > 0) {
      await withdraw({ messageIds: request.withdraw });
    }
    if (request.firstTry !== undefined) {
      const outcome = await attempt(call, null);
      if (outcome !== null) return outcome;
    }
    const message = await ledger.find(request.messageId);
    if (message === null) return attemptOr(call, null);
    const settled = await settledOutcome(call, message);
    if (settled !== null) return settled;
    if (message.status !== 'sending' || message.attempts === 0) return attemptOr(call, message);
    const resolution = await resolveSend(call, message);
    return resolution.kind === 'notSent' ? attemptOr(call, resolution.entry) : resolution;
  };
}

async function attemptOr(call: SendCall, seen: StoredMessage | null): Promise<SendOutcome> {
  return (await attempt(call, seen)) ?? standing(call);
}

/**
 * Passes the gate, claims the one call there may be, and makes it. Null when the ledger is not as
 * it was `seen`: another execution was faster.
 */
async function attempt(call: SendCall, seen: StoredMessage | null): Promise<SendOutcome | null> {
  const prepared = await prepareSend(call);
  const pass = passOf(call, prepared.profileId, seen);
  if (pass.at >= call.request.deadline) return keepBack(pass, { reason: 'patienceOver' });
  if ('suppressed' in prepared) return keepBack(pass, whyNot(prepared));
  const choice = 'go' in prepared ? choose(pass, prepared.go, seen) : null;
  if (choice !== null && isPastQueue(call, choice.provider)) return viaQueue(pass, choice);
  return goThrough(pass, prepared, choice);
}

/** Gets a place, the gate's word and the claim, or is kept back by the first that says so. */
async function goThrough(
  pass: Pass,
  prepared: Exclude<Prepared, { suppressed: unknown }>,
  choice: Choice | null,
): Promise<SendOutcome | null> {
  const paced = await paceOf(pass, prepared, choice);
  if (paced !== null && 'wait' in paced) return awaitPlace(pass, paced.wait);
  const place = paced?.go ?? null;
  const answer = await passGate(pass, prepared, choice);
  if (choice !== null && 'claimed' in answer && answer.claimed) {
    return callChosen({ ...pass, at: answer.at }, choice, place);
  }
  await givePlaceBack(pass.call, place);
  if ('suppressed' in answer) return keepBack(pass, whyNot(answer));
  return 'hold' in answer ? keepBack(pass, answer.hold) : null;
}

/**
 * The place of a mail that may go, counted before its call is claimed: one that is cut off here has
 * counted for nothing, and none goes out without. Null: nobody counts.
 */
async function paceOf(
  { call }: Pass,
  prepared: Exclude<Prepared, { suppressed: unknown }>,
  choice: Choice | null,
): Promise<PaceAnswer | null> {
  const { pace, failover } = call.deps;
  if (pace === undefined || choice === null) return null;
  const { provider, letter } = choice;
  const mail = { request: call.request, provider: provider.name, to: letter.to };
  const answer = await pace.take({ ...mail, kind: prepared.facts.kind });
  if (answer !== null && 'wait' in answer) failover?.release(provider);
  return answer;
}

/** What waits for a day of a warm-up is held; what waits for a rate has its patience, as for a provider's. */
async function awaitPlace(
  pass: Pass,
  { until, reason, details }: Extract<PaceAnswer, { wait: unknown }>['wait'],
): Promise<SendOutcome | null> {
  const isTooLong = until - (pass.call.request.heldSince ?? pass.at) > HOLD_MAX_MS;
  const why = isTooLong
    ? { reason, details: { ...details, heldTooLong: true } }
    : { reason, details, until };
  const kept = await keepBack(pass, why);
  if (kept?.kind !== 'held' || reason === 'warmUp') return kept;
  return { kind: 'later', retryAt: until, reason };
}

/** Nothing is written: the run asks again, over the queue of the one that is to be called. */
function viaQueue({ call, at }: Pass, { provider }: Choice): SendOutcome {
  call.deps.failover?.release(provider);
  return { kind: 'later', retryAt: at, reason: 'rateLimited' };
}

function whyNot({ suppressed, details }: Extract<SlotAnswer, { suppressed: unknown }>): KeptBack {
  return { reason: suppressed, details };
}

function callChosen(
  { call, message, seen, refusedBy, boundTo, at }: Pass,
  { provider, letter }: Choice,
  place: Place | null,
): Promise<SendOutcome> {
  const { _id: messageId, channel, profileId } = message;
  const { addressHash } = letter;
  const attempt = (seen ?? 0) + 1;
  const claimed = {
    ...{ messageId, channel, addressHash, profileId, provider, refusedBy, boundTo, attempt },
    claimedAt: at,
    place,
  };
  return callProvider(call, claimed, letter);
}

/** One message on its way through the gate. */
interface Pass {
  call: SendCall;
  message: MessageIdentity;
  /** Calls made before. */
  seen: number | null;
  /** Who refused it before, being ill. */
  refusedBy: readonly IllProvider[];
  /** The one that alone may be called; null: any. */
  boundTo: string | null;
  /** Epoch ms. */
  at: number;
}

function passOf(call: SendCall, profileId: string, seen: StoredMessage | null): Pass {
  const message = identityOf(call, profileId);
  const { attempts = null, refusedBy = [], boundTo = null } = seen ?? {};
  return { call, message, seen: attempts, refusedBy, boundTo, at: call.deps.clock() };
}

/** The gate's word on what was prepared; a provider that is not called is left for others to try. */
async function passGate(
  pass: Pass,
  prepared: Exclude<Prepared, { suppressed: unknown }>,
  choice: Choice | null,
): Promise<SlotAnswer> {
  const answer = await claimByGate(pass, prepared, choice?.claim ?? null);
  const isClaimed = 'claimed' in answer && answer.claimed;
  if (choice !== null && !isClaimed) pass.call.deps.failover?.release(choice.provider);
  return answer;
}

/** What the gate says and the ledger holds of it; where nobody counts, one write without a read. */
async function claimByGate(
  { call }: Pass,
  prepared: Exclude<Prepared, { suppressed: unknown }>,
  claim: Claim | null,
): Promise<SlotAnswer> {
  const { facts } = prepared;
  if (facts.kind === 'marketing' && asksSlots(facts)) {
    const answer = await call.ledger.reserve({ facts, claim });
    // What is held for its hour is held whatever else there is.
    return claim === null && 'claimed' in answer && 'hold' in prepared ? prepared : answer;
  }
  if ('hold' in prepared) return prepared;
  const isClaimed = claim !== null && (await call.ledger.claim(claim));
  return isClaimed ? { claimed: true, at: claim.at } : { claimed: false };
}

/** A call that may be made if the gate lets it. */
interface Choice {
  provider: Provider;
  claim: Claim;
  letter: Letter;
}

function choose(
  { call, message, seen, at }: Pass,
  letter: Letter,
  stored: StoredMessage | null,
): Choice {
  const provider = providerFor(call, stored);
  const { language, addressHash, links } = letter;
  const textHash = provider.capabilities.lookup ? contentHash(letter.content) : null;
  const claim = {
    ...{ message, seen, provider: provider.name, language, addressHash, at },
    ...(textHash !== null && { textHash }),
    ...(links.length > 0 && { links }),
    ...(isCutShort(call.request) && ({ noBounce: true } as const)),
  };
  return { provider, claim, letter };
}

/**
 * Operators give up a text at the end of the time we gave it and report it undelivered, in whatever
 * words: nobody could be reached by then, who may be reached tomorrow. Mail servers know no such time.
 */
function isCutShort({ isAbandoned, channel }: SendRequest): boolean {
  return isAbandoned === true && channel !== 'email';
}

/** Writes down why it is not sent, or not now, and says it to the run. */
async function keepBack(
  { call, message, seen, at }: Pass,
  why: KeptBack,
): Promise<SendOutcome | null> {
  const { reason, until } = why;
  const { expiresAt } = message;
  // Its deadline is put off by as long as it is held.
  const isPutOff = until !== undefined && expiresAt !== undefined;
  const later = isPutOff ? { expiresAt: new Date(expiresAt.getTime() + until - at) } : {};
  const isNoted = await call.ledger.keepBack({ ...message, ...later }, seen, why, at);
  if (!isNoted) return null;
  return until === undefined ? { kind: 'suppressed', reason } : { kind: 'held', until, reason };
}

function identityOf({ deps, request }: SendCall, profileId: string): MessageIdentity {
  const { messageId, runId, journey, version, step, channel, template, deadline } = request;
  const { key: campaign, variant = null } = request.campaign ?? {};
  const { messagesKeptMs = null } = deps.settings;
  // Until its deadline the entry keeps the message from going out twice: it is kept from there on.
  const until = Math.max(deps.clock(), deadline) + (messagesKeptMs ?? 0);
  return {
    ...{ _id: messageId, runId, profileId, journey, version, step, channel, template },
    ...(campaign !== undefined && { campaign }),
    ...(variant !== null && { variant }),
    ...(messagesKeptMs === null ? {} : { expiresAt: new Date(until) }),
  };
}
