import { Context } from '@temporalio/activity';
import type {
  AdvanceInput,
  AdvanceResult,
  CampaignInput,
  CampaignTurn,
  ControlInput,
  DeliverInput,
  DeliverResult,
  EraseInput,
  FillInput,
  MessageInput,
  MessageTurn,
  OwnPartitionsInput,
  PullTurn,
  QueuedSend,
} from '#workflows/contract.ts';
import { createAdvanceRun } from './advance-run.ts';
import { erasePerson, lookForLeftovers, type EraseDeps } from './erase/erase-person.ts';
import type { CampaignDeps } from './campaign/campaign-deps.ts';
import { campaignTurn } from './campaign/campaign-turn.ts';
import { sendQueued } from './campaign/send-queued.ts';
import type { AdvanceDeps } from './run-turn.ts';
import { fillWatches, signalRuns, type ControlDeps, type Walk } from './control-journey.ts';
import { deliverWebhooks, type DeliverDeps } from './deliver-webhooks.ts';
import { fillSegments, lookAgain, type FillDeps } from './fill-segments.ts';
import { tellCatalogue, type TellDeps } from './tell-catalogue.ts';
import { measureSegments, type MeasureDeps } from './measure-segments.ts';
import { beginNightly } from './reconcile/begin-nightly.ts';
import {
  reconcileProfiles,
  type Beat,
  type ReconcileDeps,
} from './reconcile/reconcile-profiles.ts';
import type { PullDeps } from './pull-deps.ts';
import { failPull, pullSource } from './pull-source.ts';
import { ownPartitions, type OwnerDeps } from './router/own-partitions.ts';
import { messageTurn, type MessageDeps } from './sends/message-turn.ts';

/** Activities of runs: local in the journeys' worker, and on each provider's queue. */
export interface JourneyActivities {
  advanceRun(input: AdvanceInput): Promise<AdvanceResult>;
}

/** Messages of campaigns, on each provider's queue. */
export interface CampaignSends {
  sendToRecipient(input: Omit<QueuedSend, 'queue'>): Promise<void>;
}

/** Messages that were asked for by themselves, on each provider's queue. */
export interface MessageSends {
  sendMessage(input: MessageInput): Promise<MessageTurn>;
}

export interface RouterActivities {
  ownPartitions(input: OwnPartitionsInput): Promise<void>;
}

export interface SystemActivities {
  fillWatches(input: ControlInput): Promise<void>;
  signalRuns(input: ControlInput): Promise<void>;
  markControlled(input: ControlInput): Promise<void>;
  fillSegments(input: FillInput): Promise<void>;
  lookAgain(input: FillInput): Promise<void>;
  deliverWebhooks(input: DeliverInput): Promise<DeliverResult>;
  tellCatalogue(): Promise<{ nextMs: number | null }>;
  /** Begins the report of the schedule's own reconcile; answers its id. */
  beginNightly(): Promise<string>;
  reconcileProfiles(input: { id: string }): Promise<void>;
  measureSegments(): Promise<void>;
  settleVouchers(): Promise<void>;
  erasePerson(input: EraseInput): Promise<void>;
  /** False: a file that was in flight is being read still. */
  lookForLeftovers(input: EraseInput): Promise<boolean>;
  /** `left`: the worker is to end, and another goes on. */
  pullSource(turn: PullTurn): Promise<'done' | 'left'>;
  failPull(turn: PullTurn): Promise<void>;
  /** Does what a campaign has to do now; takes hours where its rate is low. */
  campaignTurn(input: CampaignInput): Promise<CampaignTurn>;
  /** Gives a message that was asked for by itself its turn; local, within seconds. */
  messageTurn(input: MessageInput): Promise<MessageTurn>;
}

/** `via`: the provider whose queue this is; `onAdvanced` hears of each transition, made or failed. */
export function createJourneyActivities(
  deps: AdvanceDeps,
  { via, onAdvanced }: { via: string | null; onAdvanced?: (runId: string) => void },
): JourneyActivities {
  const advanceRun = createAdvanceRun(deps);
  return {
    async advanceRun(input) {
      const { workflowExecution } = Context.current().info;
      try {
        return await advanceRun(input, workflowExecution?.runId ?? '', { via });
      } finally {
        onAdvanced?.(input.runId);
      }
    },
  };
}

/** The same on the queue of calls, where a transition may take as long as a receiver does. */
export function createCallActivities(deps: AdvanceDeps): JourneyActivities {
  const advanceRun = createAdvanceRun(deps);
  return {
    advanceRun: (input) =>
      whileAlive(({ signal }) => {
        const { workflowExecution } = Context.current().info;
        return advanceRun(input, workflowExecution?.runId ?? '', { via: null, calls: signal });
      }),
  };
}

/** `via`: the provider whose queue this is. */
export function createCampaignSends(deps: CampaignDeps, via: string): CampaignSends {
  return { sendToRecipient: (input) => sendQueued(deps, input, via) };
}

/** `via`: the provider whose queue this is. */
export function createMessageSends(deps: MessageDeps, via: string): MessageSends {
  return { sendMessage: (input) => messageTurn(deps, input, via) };
}

/** One turn of ownership: after this another worker may take over. */
const TENURE_MS = 60 * 60_000;
/** Well within the heartbeat timeout of five seconds. */
const HEARTBEAT_MS = 1_000;
/** Well within that of the system's activities, ten seconds. */
const WALK_HEARTBEAT_MS = 3_000;

/** `ending` says that this process is about to end: another should own the partitions. */
export function createRouterActivities(deps: OwnerDeps, ending: AbortSignal): RouterActivities {
  return {
    async ownPartitions(input) {
      const context = Context.current();
      const until = deps.clock() + TENURE_MS;
      // By a timer: a turn that waits for the store is alive, a frozen process is not.
      const beat = setInterval(() => {
        context.heartbeat();
      }, HEARTBEAT_MS);
      try {
        await ownPartitions(deps, input, () => {
          return ending.aborted || context.cancellationSignal.aborted || deps.clock() > until;
        });
      } finally {
        clearInterval(beat);
      }
    },
  };
}

export type SystemDeps = ControlDeps &
  FillDeps &
  TellDeps &
  ReconcileDeps &
  MeasureDeps & {
    deliver: DeliverDeps;
    pull: PullDeps;
    campaign: CampaignDeps;
    message: MessageDeps;
    settleVouchers: () => Promise<void>;
    erase: EraseDeps;
  };

/** `ending` says that this process is about to end: another should go on with what is long. */
export function createSystemActivities(deps: SystemDeps, ending: AbortSignal): SystemActivities {
  const { clock } = deps;
  return {
    pullSource: (turn) => pullWithBeats(deps.pull, turn, ending),
    campaignTurn: (input) =>
      whileAlive(({ signal, ...walk }) => {
        const isLeaving = (): boolean => ending.aborted || signal.aborted;
        return campaignTurn(deps.campaign, input, { ...walk, isLeaving });
      }),
    messageTurn: (input) => messageTurn(deps.message, input),
    failPull: (turn) => whileAlive(() => failPull(deps.pull, turn)),
    fillWatches: (input) => whileAlive((walk) => fillWatches(deps, input, walk)),
    signalRuns: (input) => whileAlive((walk) => signalRuns(deps, input, walk)),
    markControlled: (input) => whileAlive(() => deps.control.markControlled(input)),
    fillSegments: (input) => whileAlive((walk) => fillSegments(deps, input, walk)),
    lookAgain: (input) => whileAlive((walk) => lookAgain(deps, input, walk)),
    deliverWebhooks: (input) =>
      whileAlive((walk) => {
        const isOver = (): boolean => walk.signal.aborted;
        return deliverWebhooks(deps.deliver, input, { ...walk, isOver });
      }),
    tellCatalogue: () => whileAlive(({ signal }) => tellCatalogue(deps, signal)),
    beginNightly: () => whileAlive(() => beginNightly(deps, currentWorkflowId())),
    measureSegments: () => whileAlive(() => measureSegments(deps)),
    settleVouchers: () => whileAlive(() => deps.settleVouchers()),
    erasePerson: ({ id }) => whileAlive((walk) => erasePerson(deps.erase, id, { ...walk, clock })),
    lookForLeftovers: ({ id }) =>
      whileAlive((walk) => lookForLeftovers(deps.erase, id, { ...walk, clock })),
    reconcileProfiles: ({ id }) => whileAlive((beat) => reconcileProfiles(deps, id, beat)),
  };
}

/**
 * Heartbeats come by a timer too, so that only a process that is gone or frozen is taken for dead,
 * however long one page of a walk takes. What is to go on from where it was says how far it is.
 */
async function whileAlive<T>(work: (walk: Walk & Beat) => Promise<T>): Promise<T> {
  const context = Context.current();
  const details: unknown = context.info.heartbeatDetails;
  let reached = typeof details === 'string' ? details : null;
  const beat = setInterval(() => {
    context.heartbeat(reached);
  }, WALK_HEARTBEAT_MS);
  const heartbeat = (now: string): void => {
    reached = now;
    context.heartbeat(now);
  };
  try {
    return await work({ reached, heartbeat, signal: context.cancellationSignal });
  } finally {
    clearInterval(beat);
  }
}

/** Well within the heartbeat timeout of ten seconds. */
const PULL_BEAT_MS = 2_000;

/** By a timer: a pull that waits for a slow database is alive. */
async function pullWithBeats(
  deps: PullDeps,
  turn: PullTurn,
  ending: AbortSignal,
): Promise<'done' | 'left'> {
  const context = Context.current();
  const beat = setInterval(() => {
    context.heartbeat();
  }, PULL_BEAT_MS);
  try {
    const { attempt } = context.info;
    const isEnding = (): boolean => ending.aborted || context.cancellationSignal.aborted;
    return await pullSource(deps, turn, { attempt, isEnding });
  } finally {
    clearInterval(beat);
  }
}

function currentWorkflowId(): string {
  return Context.current().info.workflowExecution?.workflowId ?? '';
}
