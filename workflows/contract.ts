import type { Effect, PathEntry, RunState } from '#domain/journey/run.ts';

/** The names that the outside of Temporal and its inside agree on; nothing here does I/O. */

/** Workflow tasks of journeys; the workflow type is the journey's key. */
export const JOURNEY_QUEUE = 'kairos-journeys';
/** Long-running owners of event partitions. */
export const ROUTER_QUEUE = 'kairos-router';
/** Kairos' own workflows: partition owners, and the consequences of publish, resume and stop. */
export const SYSTEM_QUEUE = 'kairos-system';

/**
 * Who waits with whom for a provider whose rate is set: what somebody is owed has a part of the rate
 * for itself, and waits behind nothing else.
 */
export const SEND_LANES = ['others', 'owed'] as const;
export type SendLane = (typeof SEND_LANES)[number];

/** Sends over a provider's queue, where its rate limit lives: one a lane. */
export function sendQueue(provider: string, lane: SendLane = 'others'): string {
  return `kairos-send-${provider}${lane === 'owed' ? '-owed' : ''}`;
}

/** Calls of webhooks by steps of journeys: slow receivers hold up nobody but one another. */
export const CALL_QUEUE = 'kairos-calls';

export const OWN_PARTITIONS = 'kairos.own-partitions';
export const CONTROL_JOURNEY = 'kairos.control-journey';
export const FILL_SEGMENTS = 'kairos.fill-segments';
export const DELIVER_WEBHOOKS = 'kairos.deliver-webhooks';
/** The type and the id of the one workflow that tells people of changes of the catalogue. */
export const TELL_CATALOGUE = 'kairos.tell-catalogue';
/** Signal: there is a change to tell, or an instant at which there will be. */
export const CATALOGUE_SIGNAL = 'kairos.catalogue-changed';
export const RECONCILE = 'kairos.reconcile';
export const MEASURE_SEGMENTS = 'kairos.measure-segments';
export const SETTLE_VOUCHERS = 'kairos.settle-vouchers';
export const PULL_SOURCE = 'kairos.pull-source';
export const ERASE_PERSON = 'kairos.erase-person';

export const SEND_CAMPAIGN = 'kairos.send-campaign';
/** Signal: the campaign was paused, resumed or stopped. */
export const CAMPAIGN_SIGNAL = 'kairos.campaign-changed';

/** Input of the workflow that sends a campaign, by its key. */
export interface CampaignInput {
  campaign: string;
}

/** One workflow a campaign, whoever starts it. */
export function campaignWorkflowId({ campaign }: CampaignInput): string {
  return `${SEND_CAMPAIGN}/${campaign}`;
}

/** One message that must go over its provider's queue; ids only. */
export interface QueuedSend extends CampaignInput {
  recipient: string;
  queue: string;
}

/** What a campaign's activity answers when it has done what was due. */
export type CampaignTurn =
  | { kind: 'over' }
  /** There is more to do: it is called again at once. */
  | { kind: 'again' }
  /** Nothing is due for so long; null: until it is told of a change. */
  | { kind: 'wait'; ms: number | null }
  /** These are due, each over its provider's queue. */
  | { kind: 'queued'; sends: QueuedSend[] };

/** The workflow of one message, or cascade, that was asked for by itself. */
export const SEND_MESSAGE = 'kairos.message';

/** Its input: the id of the send. */
export interface MessageInput {
  send: string;
}

/** What a turn of a send answers. */
export type MessageTurn =
  | { kind: 'over' }
  /** It is its turn again after so long. */
  | { kind: 'wait'; ms: number }
  /** It goes over its provider's queue. */
  | { kind: 'queued'; queue: string };

/**
 * What starts the workflow of a send, one workflow whoever starts it: ids only. The profile's id is a search attribute, so that an
 * erasure finds its history.
 */
export function messageStart({ _id: send, profileId }: { _id: string; profileId: string }) {
  return {
    taskQueue: SYSTEM_QUEUE,
    workflowId: `${SEND_MESSAGE}/${send}`,
    args: [{ send }] satisfies [MessageInput],
    typedSearchAttributes: [{ key: PROFILE_ID, value: profileId }],
  };
}

const PROFILE_ID = { name: 'ProfileId', type: 'KEYWORD' } as const;

/** Input of a journey's workflow: ids only. */
export interface JourneyInput {
  runId: string;
  /** Version of the loop in workflows/, raised when its commands change. */
  engine: 1;
  /** Where the run stands, when its history was cut by continue-as-new. */
  resume?: { seq: number; state: RunState; effect: Effect; walked: PathEntry[] };
}

/** What the workflow tells the activity that decides: what happened since it last asked. */
export type News =
  | { kind: 'entered' }
  | { kind: 'elapsed' }
  /** References of events whose signals came in. */
  | { kind: 'events'; ids: string[] }
  /** The journey was paused, resumed or stopped: look again. */
  | { kind: 'control' }
  /** Carry out the effect that was handed back (a send that needs its own activity). */
  | { kind: 'perform' }
  /** A queued send was cut short: settle where the run stands, carry out nothing. */
  | { kind: 'recall' };

export interface AdvanceInput {
  runId: string;
  journey: string;
  /** Number of this transition: a repeat of the same number answers the same. */
  seq: number;
  /** Where the run stood and what it had asked for; null before the first transition. */
  state: RunState | null;
  effect: Effect | null;
  news: News;
}

export interface AdvanceResult {
  state: RunState;
  /** Only `await`, `send`, `call`, `task` and `end` come back; the rest was answered in the activity. */
  effect: Effect;
  walked: PathEntry[];
  /** Epoch ms of the real clock at which an `await` is over. */
  wakeAt: number | null;
  /** The journey is paused: nothing is carried out until a control signal. */
  parked: boolean;
  /** Task queue for a `send` that must respect its provider's rate, or a `call`; null: locally. */
  sendQueue: string | null;
  /** Milliseconds left for a queued send or call. */
  sendWithinMs: number;
  /**
   * News that this answer does not account for: the transition of this number was made before they
   * came (by an execution whose worker died), so they are to be told again.
   */
  unheard?: News;
}

/** Input of a partition owner: it owns the partitions p with p % owners === owner. */
export interface OwnPartitionsInput {
  owner: number;
  owners: number;
}

/** Signal: an event or receipt this run listens for. Ids only; deduplicated by `id`. */
export const EVENT_SIGNAL = 'kairos.event';
export interface EventSignal {
  id: string;
}

/** Signal: the journey's status changed; a parked run looks again, a stopped one ends. */
export const CONTROL_SIGNAL = 'kairos.control';

/** Input of the workflow that carries a journey's change of status to its runs and watches. */
export interface ControlInput {
  journey: string;
  revision: number;
}

/** One id per journey and revision, so that a repeat is the same workflow. */
export function controlWorkflowId(input: ControlInput): string {
  return `kairos.control/${input.journey}/${String(input.revision)}`;
}

/** Input of the workflow that looks at all profiles for a segment just defined, or removed. */
export interface FillInput {
  /** Which definition or removal of any segment it was. */
  generation: number;
  /** The key that was removed by it. */
  removed?: string;
}

/** One id per generation, so that a repeat is the same workflow. */
export function fillWorkflowId({ generation }: FillInput): string {
  return `${FILL_SEGMENTS}/${String(generation)}`;
}

/** Input of the workflow that tells a webhook endpoint what it listens to. */
export interface DeliverInput {
  endpoint: string;
}

/** What its activity answers once nothing more is due. */
export interface DeliverResult {
  /** Epoch ms at which something will be; null: nothing waits. */
  nextAt: number | null;
}

/** Signal: something new may be due. */
export const WAKE_SIGNAL = 'kairos.wake';

/** One workflow an endpoint, whoever starts it. */
export function deliverWorkflowId({ endpoint }: DeliverInput): string {
  return `${DELIVER_WEBHOOKS}/${endpoint}`;
}

/** Input of the workflow that looks for profiles that are not as their events say. */
export interface ReconcileInput {
  /** The id of its report; absent: by the schedule, which gives each its own. */
  id?: string;
}

/** One id per report, so that a repeat is the same workflow. */
export function reconcileWorkflowId(id: string): string {
  return `${RECONCILE}/${id}`;
}

/** Input of the workflow that erases a person: the id of its erasure, which names nobody. */
export interface EraseInput {
  id: string;
}

/** One id per erasure, so that a repeat is the same workflow. */
export function eraseWorkflowId({ id }: EraseInput): string {
  return `${ERASE_PERSON}/${id}`;
}

/** Input of the workflow that reads the new rows of a source, by its key. */
export interface PullInput {
  source: string;
}

/** What the activity of a pull is told: which pull it is, the same for all its tries. */
export interface PullTurn extends PullInput {
  pull: string;
}

/** The schedule of a source, and what it starts: one workflow at a time. */
export function pullSchedule(source: string): {
  scheduleId: string;
  workflowType: string;
  workflowId: string;
  taskQueue: string;
  args: [PullInput];
} {
  const id = `kairos.pull/${source}`;
  const action = { workflowType: PULL_SOURCE, workflowId: id, taskQueue: SYSTEM_QUEUE };
  return { scheduleId: id, ...action, args: [{ source }] };
}

export const SEARCH_ATTRIBUTES = {
  JourneyKey: 'KEYWORD',
  JourneyVersion: 'INT',
  ProfileId: 'KEYWORD',
  RunOutcome: 'KEYWORD',
} as const;

/** However far off what a workflow waits for: a long timer is looked at again after this, in ms. */
export const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;
