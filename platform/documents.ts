import type { EventSource } from '#domain/event/event.ts';
import type { Checkpoint } from '#domain/reconcile/history.ts';
import type { Condition } from '#domain/condition/condition.ts';
import type { Journey } from '#domain/journey/journey.ts';
import type { JsonObject } from '#domain/json.ts';
import type { SuppressionScope } from '#domain/message/gate.ts';
import type { Listens, PathEntry, RunEntry, RunStatus, Transition } from '#domain/journey/run.ts';
import type { Revival } from '#domain/journey/revival.ts';
import type { Template } from '#domain/template/template.ts';
import type { TemplateLink } from '#domain/template/template-links.ts';

/** What is written down of those who change things. */
export const DEED_KINDS = [
  ...(['merged', 'mergeUndone', 'conflictDismissed'] as const),
  ...(['journeyStored', 'journeyPublished', 'journeyPaused'] as const),
  ...(['journeyResumed', 'journeyStopped'] as const),
  ...(['segmentStored', 'segmentDeleted', 'templateStored', 'keysChanged'] as const),
  ...(['gateSettingsStored', 'addressSuppressed', 'suppressionLifted'] as const),
  ...(['blockStored', 'personErased', 'sendingSettingsStored'] as const),
  ...(['campaignStored', 'campaignStarted', 'campaignPaused'] as const),
  ...(['campaignResumed', 'campaignStopped'] as const),
] as const;
export type DeedKind = (typeof DEED_KINDS)[number];

/** Who changed what, of what people must be able to ask about: written with the change, for good. */
export interface StoredDeed {
  /** Made from what it tells of, so that a repeat writes nothing twice. */
  _id: string;
  /** Epoch ms. */
  at: number;
  /** The kind of key it was asked with, as with events. */
  who: EventSource;
  what: DeedKind;
  /** Ids of what it was done to, by what they are; no address among them. */
  ids: Record<string, string>;
  /** A definition as it was and as it is; null: there is none. */
  before?: JsonObject | null;
  after?: JsonObject | null;
}

export type JourneyStatus = 'draft' | 'live' | 'paused' | 'stopped';

/** A journey's changeable half: its draft, its live version and whether it takes people. */
export interface StoredJourney {
  _id: string;
  draft: Journey;
  status: JourneyStatus;
  /** The live version; 0 before the first publish. */
  version: number;
  publishedAt: number | null;
  /** Epoch ms of the last stop: runs that entered before it end, whatever is published after. */
  stoppedAt?: number;
  /** Grows with each change of status or version. */
  revision: number;
  /** The revision whose consequences for runs and watches were carried out (see control). */
  controlled: number;
  createdAt: number;
  updatedAt: number;
}

/** One published version: never changes. */
export interface StoredVersion {
  /** `<journey>@<version>` */
  _id: string;
  journey: string;
  version: number;
  definition: Journey;
  publishedAt: number;
}

/** One template as it is published; `revision` is its version, so that parsed content is never stale. */
export interface StoredTemplate {
  _id: string;
  template: Template;
  /** MJML compiled to HTML, by language; made when the template is published. */
  html: Record<string, string>;
  /** With its blocks put in, and which versions of them; absent where it holds none. */
  expanded?: { languages: Template['languages']; blocks: { key: string; version: number }[] };
  /** Its links, numbered when it was published; absent: published before links were tracked. */
  links?: TemplateLink[];
  /** What was worth a look when it was published, by JSON pointer. */
  warnings?: { pointer: string; detail: string }[];
  revision: number;
  createdAt: number;
  updatedAt: number;
}

/** One segment, as it was last defined. */
export interface StoredSegment {
  /** Its key. */
  _id: string;
  name: string;
  description?: string;
  /** Null: static, its members are told by name. */
  condition: Condition | null;
  /** Names of values that whoever uses it fills in. */
  params: string[];
  /**
   * Whether its members are kept: not of one that speaks of the request in hand or of values to be
   * filled in, which has no members until somebody asks.
   */
  isKept: boolean;
  /** Which definition of any segment this was, by number: see domain/segment/catalogue.ts. */
  generation: number;
  /** Epoch ms at which every profile had been looked at for it; null: not yet. */
  filledAt: number | null;
  /** Profiles looked at so far, of how many, while it fills. */
  filling: { looked: number; of: number } | null;
  createdAt: number;
  updatedAt: number;
}

/**
 * One profile as it was reckoned from its events, so that these may expire; `_id` is the profile's.
 * Holds what the profile holds.
 */
export interface StoredCheckpoint extends Checkpoint {
  _id: string;
}

/** One look at customers, to find who is not as their events say. Instants are epoch ms. */
export interface StoredReconcile {
  _id: string;
  /** What is looked at: a rolling share of all (0 to 1), or customers by id. */
  share: number | null;
  profiles: string[];
  /** Whether what is untrue is put right. */
  repair: boolean;
  /** The kind of key it was asked with; null: by the schedule. */
  who: EventSource | null;
  status: 'running' | 'completed';
  /** How many it is to look at, about. */
  of: number;
  /** The id of the last profile looked at: where it goes on after a crash, and the next share begins. */
  reached: string;
  /** How many were looked at, and what came of it. */
  counts: ReconcileCounts;
  /** Untrue profiles by what of them is, such as `segments` and `traits`. */
  kinds: Record<string, number>;
  startedAt: number;
  endedAt: number | null;
  /** TTL index. */
  expiresAt: Date;
}

export interface ReconcileCounts {
  looked: number;
  /** Of which so many were not as their events say. */
  drifted: number;
  repaired: number;
  /** Of which so many were held against themselves only: not all their events are there. */
  unproven: number;
  /** Nothing could be said of so many: they changed all the time, or a fault of ours was in the way. */
  skipped: number;
}

/** A profile that is not as its events say, until a look finds that it is; `_id` is the profile's. */
export interface StoredDrift {
  _id: string;
  /** Epoch ms at which it was last seen. */
  at: number;
  /** The reconcile that saw it. */
  reconcile: string;
  /** What is untrue, without any value: `traits.orders_count`. */
  paths: string[];
  repaired: boolean;
}

/** How many were in a segment at one moment; numbers only. */
export interface StoredSize {
  /** `<segment>|<every>|<at>` */
  _id: string;
  segment: string;
  every: 'hour' | 'day';
  /** Epoch ms: the end of the hour or day, by the shop's clock. */
  at: number;
  size: number;
  /** How many came in and went out within the hour or day before. */
  entered: number;
  left: number;
  /** TTL index. */
  expiresAt: Date;
}

/** What is true of the whole installation, one document each. */
export interface StoredSetting {
  _id: 'segments';
  /** The newest definition of any segment, or removal. */
  generation: number;
  /** Segments that have members no longer and that profiles are still to forget. */
  removed?: { key: string; generation: number }[];
}

/** Which news a transition accounts for. */
export interface Heard {
  kind: string;
  /** References of events, where the news were events. */
  refs: string[];
}

/** One run: written in the transaction that applied its entry, before its workflow starts. */
export interface StoredRun {
  /** Also the workflow id: a hash, so it tells nothing about the person. */
  _id: string;
  journey: string;
  version: number;
  profileId: string;
  partition: number;
  entryKey: string | null;
  entry: RunEntry;
  status: RunStatus;
  outcome: string | null;
  enteredAt: number;
  endedAt: number | null;
  path: PathEntry[];
  /** Event names that can end it (exits), fixed by its version. */
  exits: string[];
  /** What its present step listens for. */
  listens: Listens;
  /** True until its workflow was started. */
  unstarted?: boolean;
  /** Its workflow was lost and with it the signals that had come: told again of what may end it. */
  relisten?: boolean;
  /** How often its workflow failed and was replaced. */
  revived?: Revival;
  /** Latest transition by its number: a repeat of it answers the same, so decisions are made once. */
  latest: { seq: number; transition: Transition; heard?: Heard } | null;
  /** Conversions: the goal's event names while open, and what was reached. */
  goal: { event: string; until: number } | null;
  conversion: { eventId: string; at: number; value: number | null } | null;
  /** Parks when its journey is paused; resume signals those. */
  held?: boolean;
  /** An older run of the same person, known under another profile until then, goes on in its place. */
  overtaken?: true;
  /** The merges, by their ids, with which it came to the profile it has now, oldest first. */
  moved?: string[];
  /** Divides every wait; an input of demo runs only. */
  speed?: number;
  temporalRunId: string | null;
  /** What webhooks of its steps answered, by step and the name a step gave it. */
  responses?: Record<string, JsonObject>;
  /** When it may be deleted; set at its end unless re-entry needs it for good (TTL index). */
  expiresAt?: Date;
}

/** An address nobody may be reached at, by hash so that it can outlive the person's erasure. */
export interface StoredSuppression {
  /** `<channel>|<hash of address>` */
  _id: string;
  channel: string;
  reason: string;
  /** Absent: all. */
  scope?: SuppressionScope;
  at: number;
  /** Epoch ms at which a message there was answered with "no more" last. */
  refusedAt?: number;
  /** Nothing stands but that. */
  refusalOnly?: true;
}
