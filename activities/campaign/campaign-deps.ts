import type { CampaignStore } from '#campaigns/campaign-store.ts';
import type { RecipientStore } from '#campaigns/recipient-store.ts';
import type { Receipt, SendOutcome } from '#domain/journey/run.ts';
import type { RecipientEnd } from '#domain/campaign/recipient.ts';
import type { Channel } from '#domain/message/message.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { CampaignMessages } from '#messages/campaign-messages.ts';
import type { Withdrawal } from '#messages/withdraw-messages.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { MemberInZone } from '#segments/member-page.ts';
import type { SendRequest } from '../send-request.ts';

/** What sending a campaign needs. */
export interface CampaignDeps {
  campaigns: CampaignStore;
  recipients: RecipientStore;
  messages: CampaignMessages;
  /** Members of a segment after an id, by id. */
  members(segment: string, after: string, limit: number): Promise<MemberInZone[]>;
  /** Whether everybody was looked at for a segment, and whether it is there at all. */
  segmentState(segment: string): Promise<'missing' | 'filling' | 'filled'>;
  profiles: { follow(id: string): Promise<Profile | null> };
  send(request: SendRequest): Promise<SendOutcome>;
  withdraw(which: Withdrawal): Promise<void>;
  /** How far the messages of a recipient have come. */
  receipts(recipient: string): Promise<readonly { messageId: string; receipt: Receipt }[]>;
  /** Whether a recipient is not to get a second message. */
  hasAnswered(recipient: string): Promise<boolean>;
  /** The queue of the provider that would be called for this message now. */
  sendQueue(channel: Channel, messageId: string): Promise<string>;
  /** The provider's rate is kept by its queue: no call of it may be made anywhere else. */
  isPaced(channel: Channel): boolean;
  /** IANA; for those whose zone is unknown. */
  defaultZone: string;
  /** Told how recipients ended, once that is durable. */
  onEnded?: (end: RecipientEnd, count: number) => void;
  logger: Pick<Logger, 'error'>;
  clock: Clock;
}

/** What an activity that may take hours is given. */
export interface CampaignWalk {
  /** Where an earlier attempt had come to; null at the start. */
  reached: string | null;
  heartbeat(reached: string): void;
  /** Another worker should go on: this one is about to end. */
  isLeaving(): boolean;
}
