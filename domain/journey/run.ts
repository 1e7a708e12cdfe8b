import type { Channel } from '#domain/message/message.ts';
import type { RunEvent } from '#domain/event/event.ts';

/** One passage of one customer through one version of a journey, as it stands in Mongo. */
export const RUN_STATUSES = ['running', 'completed', 'exited', 'stopped', 'failed'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** One step walked: when it was left and how (`passed`, `sent`, `received`, `timeout` …). */
export interface PathEntry {
  step: string;
  at: number;
  outcome: string;
  /** Of a call that failed: a code such as `http503`, `ETIMEDOUT` or `missing:profile.tier`. */
  reason?: string;
  /** Of a cascade that reached: the index of the first channel that was not needed any more. */
  spared?: number;
  /** What that spared, once it is written down. */
  saved?: Saved;
}

/** What a cascade saved against sending all its channels at once. */
export interface Saved {
  /** The channels that were not needed and would have reached this person, in order. */
  channels: Channel[];
  /** Their price by the capability table, in micro-units (1e-6) of US dollars. */
  micros: number;
}

/** What made the run begin; a copy, for events expire. */
export interface RunEntry {
  kind: 'event' | 'becomes' | 'date' | 'segment' | 'api';
  /** The entering event's id, or a name for the instant (`2026-11-22`) or the API call. */
  id: string;
  at: number;
  event: RunEvent | null;
  properties: RunEvent['properties'];
}

/** Where a run stands: small, plain JSON without personal data; it lives in Temporal's history. */
export interface RunState {
  /** The step the run stands at. */
  step: string;
  /** Epoch ms when this step began. */
  since: number;
  /** Events that happened at or after `since` and answered an earlier step: none answers two. */
  heard?: HeardEvent[];
  /** Steps begun so far; with the step id it names a message. Bounded by HOPS_MAX. */
  hop: number;
  /** Epoch ms until which the step waits, where it does. */
  until?: number;
  /** The cascade (or single send) under way. */
  sending?: SendingState;
  /** The call of a webhook under way. */
  calling?: CallingState;
  /** What somebody of the shop is to do. */
  task?: TaskState;
}

/** An event that answered a step: a hash of its id, and epoch ms when it happened. */
export interface HeardEvent {
  ref: string;
  at: number;
}

export interface SendingState {
  /** Index into the cascade's channels; a single send is a cascade of one. */
  index: number;
  /** Epoch ms when this channel was first tried: its patience starts here. */
  triedAt: number;
  /** Epoch ms when this channel's patience ends. */
  deadline: number;
  /**
   * `calling`: a send effect is out; `waiting`: accepted, a receipt is awaited; `retrying`: to be
   * called again at `retryAt`; `unsure`: the call's end is unknown until a receipt or `retryAt`;
   * `held`: the gate holds it until `retryAt`, and its patience starts then.
   */
  phase: 'calling' | 'waiting' | 'retrying' | 'unsure' | 'held';
  retryAt?: number;
  /** Epoch ms when the gate first held this channel's message. */
  heldSince?: number;
  /** Only while `held`: the gate's reason; and while `retrying`, where no provider said so. */
  heldFor?: string;
  /** Only while `calling`: earlier channels that the call must first keep from going out. */
  withdraw?: number[];
}

/** A webhook that is being called; its body and its answer are in Mongo alone. */
export interface CallingState {
  /** Calls that came to nothing so far. */
  tries: number;
  /** How often in a row its receiver had no place for the call; absent: it had one. */
  looks?: number;
  /** Epoch ms when the patience with its receiver ends. */
  deadline: number;
  /** `calling`: a call is out; `retrying`: it is made again at `retryAt`. */
  phase: 'calling' | 'retrying';
  retryAt?: number;
  /** Why the last one came to nothing: a code such as `http503` or `ECONNREFUSED`. */
  reason?: string;
}

/** A task that somebody of the shop is to do; what it says is in Mongo alone. */
export interface TaskState {
  /**
   * `opening`: it is being made; `open`: it waits to be done; `asking`: somebody says it is done;
   * `closing`: its time is over.
   */
  phase: 'opening' | 'open' | 'asking' | 'closing';
  /** Epoch ms by which it is to be done. */
  due: number;
  /** Its id, once it is made. */
  id?: string;
  /** Somebody said it was done and it was not: only its time is waited for. */
  deaf?: true;
}

/** What has become of a task. */
export type TaskOutcome =
  | { kind: 'open'; id: string }
  /** `outcome`: as whoever did it says. */
  | { kind: 'done'; outcome: string }
  | { kind: 'expired' }
  /** The customer may not be called. */
  | { kind: 'suppressed'; reason: string }
  /** It cannot be made: a value is missing, the customer was erased. */
  | { kind: 'error'; reason: string };

/** How one call of a webhook ended; `retryAt` (epoch ms): when it would be made again. */
export type CallOutcome =
  | { kind: 'answered'; status: number; retryAt: number }
  /** No answer in time, or no connection: whether it came through nobody knows. */
  | { kind: 'unanswered'; reason: string; retryAt: number }
  /** Not made yet: so many calls of this receiver are under way already. */
  | { kind: 'busy'; retryAt: number }
  /** It cannot be made, however often it is tried: a value is missing, the address is refused. */
  | { kind: 'error'; reason: string };

/** How one attempt to send ended, as the send operation reports it to the engine. */
export type SendOutcome =
  /** The provider took it. `deliveryReceipts` false: no receipt of delivery can ever come. */
  | { kind: 'sent'; deliveryReceipts: boolean }
  | { kind: 'suppressed'; reason: string }
  /** Refused for good: this address or this message will never work. */
  | { kind: 'failed'; reason: string }
  /** Not now: try again at `retryAt` (epoch ms). */
  | { kind: 'later'; retryAt: number; reason: string }
  /** The gate holds it until then (epoch ms); nothing was tried. */
  | { kind: 'held'; until: number; reason: string }
  /** Nobody knows whether it went out; a receipt may tell until `askAt`, then ask the ledger again. */
  | { kind: 'unsure'; askAt: number };

/** How far a message came, as its receipts say. */
export type Receipt = 'accepted' | 'delivered' | 'opened' | 'clicked' | 'refused';

/** What the world tells the engine. `at` is epoch ms of the telling; the engine has no clock. */
export type Happening =
  | { kind: 'entered'; at: number }
  | { kind: 'elapsed'; at: number }
  /** A shop's event this run listens for. */
  | { kind: 'event'; at: number; event: RunEvent }
  /** A receipt of a message this run sent at `hop` on channel `index`. */
  | { kind: 'receipt'; at: number; hop: number; index: number; receipt: Receipt }
  /** Answer to `decide`: the index of the first case that holds. */
  | { kind: 'decided'; at: number; index: number }
  /** Answer to `localTime`. */
  | { kind: 'instant'; at: number; instant: number }
  /** Answer to `send`. */
  | { kind: 'sending'; at: number; outcome: SendOutcome }
  /** Answer to `call`. */
  | { kind: 'called'; at: number; outcome: CallOutcome }
  /** Answer to `task`. */
  | { kind: 'tasked'; at: number; outcome: TaskOutcome }
  /** The journey goes on after a pause that held the run back. */
  | { kind: 'resumed'; at: number }
  /** The journey was stopped for everybody. */
  | { kind: 'stopped'; at: number }
  /** The customer was merged with another profile, whose older run goes on in place of this one. */
  | { kind: 'merged'; at: number };

/** What a run listens for, so that only events that matter wake it. */
export interface Listens {
  /** Names of events this step waits for, beside the exits. */
  events: string[];
  /** Whether receipts of its messages matter now. */
  receipts: boolean;
}

/** The few things a run can ask of the world. */
export type Effect =
  /** Wait for an event, a receipt, or until an instant (epoch ms; absent: for ever). */
  | { do: 'await'; until?: number; listens: Listens }
  /** Evaluate the cases of the branch at this step against the profile now. */
  | { do: 'decide' }
  /** The next instant, in the customer's own zone, at this local time (and weekday). */
  | { do: 'localTime'; time: string; weekday?: number }
  /** Send, or try again: the ledger makes it at most once per (run, step, hop, index). */
  | {
      do: 'send';
      step: string;
      hop: number;
      index: number;
      template: string;
      channel: Channel;
      /** Epoch ms after which it may no longer go out. */
      deadline: number;
      /** Earlier channels of this cascade that must not go out any more (indexes). */
      withdraw: number[];
      /** Epoch ms when the gate first held it; absent: it never did. */
      heldSince?: number;
    }
  /** Call the webhook of this step; every call of one hop has the same idempotency key. */
  | { do: 'call'; step: string; hop: number; tries: number; deadline: number; looks?: number }
  /** Make the task of this step, look what became of it, or close it where nobody did it. */
  | { do: 'task'; step: string; hop: number; due: number; act: 'open' | 'ask' | 'close' }
  | { do: 'end'; status: Exclude<RunStatus, 'running'>; outcome: string };

/** One transition: where the run stands now, what it asks next, and which steps it left. */
export interface Transition {
  state: RunState;
  effect: Effect;
  walked: PathEntry[];
}
