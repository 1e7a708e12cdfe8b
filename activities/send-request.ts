import type { Failover } from '#channels/failover.ts';
import type { Provider } from '#channels/provider.ts';
import type { RunEntry, SendOutcome } from '#domain/journey/run.ts';
import type { JsonObject } from '#domain/json.ts';
import type { AddressStanding } from '#domain/message/suppression.ts';
import type { GateSettings, JourneyGate } from '#domain/message/gate/gate-settings.ts';
import type { Channel, StoredMessage } from '#domain/message/message.ts';
import { wasAccepted } from '#domain/message/status.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { ForgetDevice } from '#events/forget-device.ts';
import { createReadSuppression } from '#messages/is-suppressed.ts';
import { createTimesSent, type TimesSent } from '#messages/times-sent.ts';
import type { Ledger } from '#messages/ledger-store.ts';
import type { Withdrawn } from '#messages/withdraw-messages.ts';
import type { Clock } from '#platform/clock.ts';
import { readById } from '#platform/coalesce-reads.ts';
import type { Collections } from '#platform/mongo.ts';
import type { LoadTemplate } from '#templates/load-template.ts';
import type { ReadPersonal } from '#templates/read-personal.ts';
import type { VoucherStore } from '#vouchers/voucher-store.ts';
import type { MailPace } from './pace-mail.ts';

/** One message a run wants to go out now. */
export interface SendRequest {
  messageId: string;
  runId: string;
  profileId: string;
  journey: string;
  version: number;
  step: string;
  channel: Channel;
  template: string;
  /** Epoch ms after which it may no longer go out. */
  deadline: number;
  /** At its deadline its run turns to another channel: it should reach nobody after that. */
  isAbandoned?: boolean;
  entry: RunEntry;
  entryKey: string | null;
  /** What webhooks of the run answered, by step and name. */
  responses?: Readonly<Record<string, JsonObject>>;
  /** Ids of messages of channels given up, which must not go out any more. */
  withdraw: string[];
  /** Set on messages of a campaign: its key, and which variant this is, where it has some. */
  campaign?: { key: string; variant: string | null };
  /** What its journey says to the gate. */
  gate?: JourneyGate;
  /** Epoch ms when the gate first held it. */
  heldSince?: number;
  /** What the customer did since then (epoch ms) that makes it pointless. */
  unless?: {
    since: number;
    /** Bought this product, by the shop's id. */
    bought?: string;
    /** Got a message of this template so often. */
    seen?: number;
  };
  /** `false`: its step has its openings and clicks not tracked. */
  tracking?: boolean;
  /** The provider whose queue this execution came over; absent: none, it is made at once. */
  via?: string;
  /**
   * Set on the run's first try of this message: what the same transition has read moments ago
   * spares the reads that a later try needs. The claim finds out if somebody was faster.
   */
  firstTry?: { person: Profile | null };
}

export interface SendSettings {
  consentWhenUnknown: Readonly<Record<Channel, 'allow' | 'deny'>>;
  /** IANA; for those whose zone is unknown. */
  defaultZone: string;
  /** BCP 47. */
  defaultLanguage: string;
  /** The shop's ISO 4217 currency. */
  currency: string;
  /** Where the outside reaches the API, without a slash at the end. */
  publicUrl: string;
  /** Signs the links of messages. */
  linkSecret: string;
  /** Where links that are tracked lead, below which /l, /s and /o are; `publicUrl` if unset. */
  trackingUrl?: string;
  /** The hosts that links may lead to where each message says it; none: those known as the shop's. */
  linkHosts?: readonly string[];
  /** How long an acceptance receipt is awaited after a lost reply, in ms; RECEIPT_WAIT_MS if unset. */
  receiptWaitMs?: number;
  /** How long a message is kept after the last moment it may go out, in ms; for good if unset. */
  messagesKeptMs?: number | null;
}

export interface SendDeps {
  collections: Pick<Collections, 'messages' | 'runs' | 'slots' | 'suppressions'>;
  profiles: { follow(id: string): Promise<Profile | null> };
  providers: Readonly<Record<Channel, Provider>>;
  /** Which of a channel's providers is well; unset, the first choice is always called. */
  failover?: Failover;
  /** Whether a provider may be called over its queue alone; unset: none is. */
  isPaced?: (provider: string) => boolean;
  /** How fast mail goes out; unset: as fast as providers take it. */
  pace?: MailPace;
  templates: LoadTemplate;
  /** What the shop has set for the gate; may be a second old. */
  gateSettings(): Promise<GateSettings>;
  /** Properties of the orders that a customer completed since then (epoch ms). */
  orders(profileId: string, since: number): Promise<JsonObject[]>;
  /** What templates ask for beyond the profile; unset: nothing of it is known. */
  personal?: ReadPersonal;
  /** Hosts of the catalogue's products, to which links may lead; unset: none are known. */
  catalogueHosts?: () => Promise<readonly string[]>;
  /** Codes for messages that show one; unset: there are none. */
  vouchers?: Pick<VoucherStore, 'reserve'>;
  /** The messages' ledger; unset, the one of `collections`. */
  ledger?: Ledger;
  /** Whether a campaign was stopped, as of now; unset: none ever is. */
  isStopped?: (campaign: string) => Promise<boolean>;
  /** Whether a message asked for by itself has ended, or was erased, as of now; unset: none has. */
  isSendOver?: (send: string) => Promise<boolean>;
  /** Told which messages were withdrawn before this one went out. */
  onWithdrawn?: (withdrawn: readonly Withdrawn[]) => void;
  clock: Clock;
  /**
   * Epoch ms since when receipts could come in without a break; 0 if unset. While we were away
   * nobody could tell us anything, so a silence counts from here.
   */
  receivingSince?: () => number;
  /** Told of a device that is gone; unset: it stays in the profile, where nothing is sent to it. */
  forgetDevice?: ForgetDevice;
  /** Whether a receipt of this message is durable already and only waits to be applied. */
  isReceiptQueued?: (profileId: string, messageId: string) => Promise<boolean>;
  settings: SendSettings;
}

/** One execution of one send: what it was asked, and the ledger it shares with all others. */
export interface SendCall {
  deps: SendDeps;
  ledger: Ledger;
  reads: SendReads;
  request: SendRequest;
}

/** What a send reads beside its message; each read begins after it is asked for. */
export interface SendReads {
  suppression(channel: Channel, addressHash: string): Promise<AddressStanding | null>;
  hasRunEnded(runId: string): Promise<boolean>;
  timesSent: TimesSent;
}

export function createSendReads(
  collections: Pick<Collections, 'messages' | 'runs' | 'suppressions'>,
): SendReads {
  const readRun = readById(collections.runs, { projection: { status: 1, overtaken: 1 } });
  return {
    suppression: createReadSuppression(collections),
    timesSent: createTimesSent(collections),
    async hasRunEnded(runId) {
      const run = await readRun(runId);
      // A message without a run in the store (sent outside of journeys) has none that could end.
      // One that an older run of the same person overtook ends as soon as it is told.
      return run !== null && (run.status !== 'running' || run.overtaken === true);
    },
  };
}

/**
 * Longest one provider call may take, in ms. Providers answer within two seconds or are in trouble;
 * a run has nothing to win by waiting longer.
 */
export const PROVIDER_TIMEOUT_MS = 10_000;

/**
 * After a claim this old, in ms, its call is surely over: the longest call, and as much again as
 * half of it for a busy machine and for clocks that differ. Before that nobody else touches it.
 */
export const CALL_OVER_MS = 15_000;

/**
 * A call begins within this of its claim, in ms, or not at all: a process that stood still may be
 * about to make a call that others have long taken for one that came to nothing. With the longest
 * call it stays below CALL_OVER_MS.
 */
export const CLAIM_FRESH_MS = 3_000;

/**
 * How long a provider that tells of every acceptance is given to tell, in ms, from the call.
 * SendGrid posts its events at least every 30 seconds; twice that leaves room for one repeat.
 */
export const RECEIPT_WAIT_MS = 60_000;

/** Before a look-up after a broken call, in ms: what was under way then has reached the list. */
export const LOOKUP_DELAY_MS = 3_000;

/**
 * The same after a call that took all the time it had: a provider that stood still may carry it out
 * when it goes on, after it has answered our question. Longer than any standstill we know of.
 */
export const LATE_LOOKUP_DELAY_MS = 30_000;

/** A failed look-up is repeated after this, in ms. */
export const LOOKUP_RETRY_MS = 10_000;

/** A receipt that is durable is applied within moments: looked for again after this, in ms. */
export const QUEUED_RETRY_MS = 2_000;

/** Whom to call now: not one that has refused this message because it is ill, nor past its bond. */
export function providerFor(call: SendCall, seen: StoredMessage | null): Provider {
  const { deps, request } = call;
  const { channel } = request;
  if (deps.failover === undefined) return deps.providers[channel];
  const { stays, avoid } = wayOf(deps.failover, channel, seen);
  return stays ?? deps.failover.choose(channel, avoid);
}

/** What a message's entry says of who is called next: the one it stays with, or whom to avoid. */
export function wayOf(
  failover: Failover,
  channel: Channel,
  seen: StoredMessage | null,
): { stays: Provider | null; avoid: string[] } {
  const avoid = (seen?.refusedBy ?? []).map(({ provider }) => provider);
  if (seen?.boundTo !== undefined) {
    return { stays: failover.named(channel, seen.boundTo) ?? null, avoid };
  }
  const called = seen?.status === 'sending' ? failover.named(channel, seen.provider) : undefined;
  return { stays: called !== undefined && isBinding(called) ? called : null, avoid };
}

/**
 * Whether nobody else may be called after an unknown end with this provider, however it answers
 * next: only silence says that it did not take the message; or its own word does, which may come too
 * early, and a repeat with it can be no second message.
 */
export function isBinding({ capabilities: { lookup, idempotent } }: Provider): boolean {
  return !lookup || idempotent;
}

/**
 * The provider's rate is kept by its queue, and this execution came over none, or another one's:
 * the breaker has spoken since the queue was chosen.
 */
export function isPastQueue({ deps, request }: SendCall, { name }: Provider): boolean {
  return request.via !== name && deps.isPaced?.(name) === true;
}

/** Who was called for this message, as far as it is in use still; else the first choice. */
export function providerOf(
  { deps, request: { channel } }: SendCall,
  { provider }: Pick<StoredMessage, 'provider'>,
): Provider {
  return deps.failover?.named(channel, provider) ?? deps.providers[channel];
}

/** The outcome of a message that nothing more happens to; null while something still may. */
export function finalOutcome(message: StoredMessage, provider: Provider): SendOutcome | null {
  const { status, reason } = message;
  if (status === 'bounced') return { kind: 'failed', reason: reason ?? 'unreachable' };
  if (status === 'failed') return { kind: 'failed', reason: reason ?? 'rejected' };
  if (status === 'suppressed') return { kind: 'suppressed', reason: reason ?? 'suppressed' };
  // Unknown: it may have gone out, so nobody may send it again; a receipt can still tell.
  return wasAccepted(status) || status === 'unknown' ? sentBy(provider) : null;
}

export function sentBy(provider: Provider): SendOutcome {
  return { kind: 'sent', deliveryReceipts: provider.capabilities.deliveryReceipts };
}
