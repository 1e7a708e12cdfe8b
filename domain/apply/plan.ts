import type { StoredEvent } from '#domain/event/event.ts';
import type { RunEntry } from '#domain/journey/run.ts';
import type { Channel, MessageStatus } from '#domain/message/message.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';
import type { FactEvent } from '#domain/condition/fact-event.ts';
import type { SegmentCatalogue } from '#domain/segment/catalogue.ts';
import type { LiveJourney } from './live-journey.ts';

/** A run that an event or an instant begins. */
export interface NewRun {
  id: string;
  journey: string;
  version: number;
  profileId: string;
  entryKey: string | null;
  entry: RunEntry;
  enteredAt: number;
  exits: string[];
  goal: { event: string; until: number } | null;
  speed?: number;
  /** An older run of the same person under another profile goes on in its place. */
  overtaken?: true;
}

/** An event already seen, as conditions and exits look back at it. */
export interface PastEvent extends FactEvent {
  id: string;
  /** Set where Kairos itself told it. */
  source?: 'kairos';
}

/** A profile to be written. */
export interface ProfileChange {
  profile: Profile;
  /** The revision it must still have; null: it must not exist yet. */
  expected: number | null;
  /** As it was read: what is the very same in both need not be written. Absent: all of it is. */
  before?: Profile | undefined;
}

/** What earlier runs of one person say about entering again. */
export interface PriorRun {
  id: string;
  journey: string;
  profileId: string;
  entryKey: string | null;
  enteredAt: number;
  running: boolean;
}

export interface Merge {
  id: string;
  kept: string;
  merged: string;
  eventId: string;
  /** Epoch ms at which that event came in. */
  receivedAt: number;
  source: StoredEvent['source'];
  at: number;
  /** Which merge of its batch. */
  place: number;
  /** The merged profile before it was folded in. */
  snapshot: Profile;
  /** The kept profile before the other was folded in. */
  keptSnapshot: Profile;
  /** All orders of both, as they were. */
  orders: Order[];
  /** Runs that end because an older one of the same person goes on. */
  overtaken: string[];
  /** Keys of the segments the customer is in after the event that merged; null: not looked at. */
  segments: string[] | null;
  /** A public key said that the two are one person: what comes over may not consent for them. */
  unproven: boolean;
}

export interface ReceiptChange {
  eventId: string;
  messageId: string;
  status: MessageStatus;
  at: number;
  /** A hard bounce or complaint: the address is suppressed; a soft bounce: if it has many. */
  suppress: 'hardBounce' | 'complaint' | 'softBounce' | null;
}

/** Whoever reads an address left the channel: by a message's link or header, or told by the shop. */
export interface Refusal {
  channel: Channel;
  /** The message that was answered; null: none is named. */
  messageId: string | null;
  /** Where the customer is reached now, for a message that is not kept any more. */
  address: string | null;
  /** Epoch ms. */
  at: number;
}

/** Everything the fold needs, read beforehand; the fold itself reads nothing. */
export interface FoldInput {
  /** In the order of application; only events that were not applied yet. */
  events: readonly StoredEvent[];
  /** Profiles by id: those of the events, and those to be merged into them. */
  profiles: ReadonlyMap<string, Profile>;
  /** Orders by `<profileId>|<orderId>`. */
  orders: ReadonlyMap<string, Order>;
  /** Earlier events of a profile by name, where a condition or an exit asks for them. */
  pastEvents: ReadonlyMap<string, ReadonlyMap<string, readonly PastEvent[]>>;
  priorRuns: readonly PriorRun[];
  journeys: readonly LiveJourney[];
  segments: SegmentCatalogue;
  settings: FoldSettings;
  /** Epoch ms at which the batch is folded. */
  now: number;
}

export interface FoldSettings {
  shopCurrency: string;
  defaultZone: string;
  consentWhenUnknown: Record<string, 'allow' | 'deny'>;
}

/** What to write: all of it in one transaction, or none. */
export interface Plan {
  profiles: ProfileChange[];
  orders: Order[];
  runs: NewRun[];
  merges: Merge[];
  receipts: ReceiptChange[];
  /** What holds for addresses, whosever they are. */
  addressRefusals: Refusal[];
  /** Ids of the events this plan applies. */
  applied: string[];
  /** Epoch ms by which they were folded. */
  at: number;
  /** Those of `applied` that changed nothing, with the code of the reason. */
  refused: { id: string; fault: string }[];
  /** Events that Kairos itself has to tell: who came into a segment, who went out. */
  told: StoredEvent[];
}
