import type { CampaignStore } from '#campaigns/campaign-store.ts';
import type { RecipientStore } from '#campaigns/recipient-store.ts';
import type { Doors } from '#domain/campaign/doors.ts';
import type { RecipientEnd } from '#domain/campaign/recipient.ts';
import type { Channel } from '#domain/message/message.ts';
import type { CampaignMessages } from '#messages/campaign-messages.ts';
import type { LedgerWords } from '#messages/ledger-words.ts';
import type { Withdrawal } from '#messages/withdraw-messages.ts';
import type { Logger } from '#platform/logger.ts';
import type { MemberInZone } from '#segments/member-page.ts';
import type { SendingDeps } from '../sending/work-off.ts';

/** What sending a campaign needs. */
export interface CampaignDeps extends SendingDeps {
  campaigns: CampaignStore;
  recipients: RecipientStore;
  messages: CampaignMessages;
  /** Every message of some recipients. */
  words: LedgerWords;
  /** Members of a segment after an id, by id. */
  members(segment: string, after: string, limit: number): Promise<MemberInZone[]>;
  /** Whether everybody was looked at for a segment, and whether it is there at all. */
  segmentState(segment: string): Promise<'missing' | 'filling' | 'filled'>;
  withdraw(which: Withdrawal): Promise<void>;
  /** Whether a recipient is not to get a second message. */
  hasAnswered(recipient: string): Promise<boolean>;
  /** How many of a campaign's messages may wait for a provider whose rate is set. */
  queuedMax(channel: Channel): number;
  /** What this process knows of the channels of campaigns under way, by their keys. */
  doors: Map<string, Doors>;
  /** Told how recipients ended, once that is durable. */
  onEnded?: (end: RecipientEnd, count: number) => void;
  logger: Pick<Logger, 'error'>;
}

/** What an activity that may take hours is given. */
export interface CampaignWalk {
  /** Where an earlier attempt had come to; null at the start. */
  reached: string | null;
  heartbeat(reached: string): void;
  /** Another worker should go on: this one is about to end. */
  isLeaving(): boolean;
}
