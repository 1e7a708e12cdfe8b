import type { Channel, MessageStatus } from '#domain/message/message.ts';

/**
 * What a receipt says of its message: `accepted` the provider has it, `delivered` it arrived,
 * `opened` the person saw it, `clicked` the person acted on it, `refused` it will not arrive.
 */
export type ReceiptKind = 'accepted' | 'delivered' | 'opened' | 'clicked' | 'refused';

export interface ReceiptMeaning {
  channel: Channel;
  receipt: ReceiptKind;
  /** The message's status after it; a status only ever moves forwards. */
  status: MessageStatus;
}

/** Every event that is a receipt, by its name. */
export const RECEIPTS = {
  'Email Processed': { channel: 'email', receipt: 'accepted', status: 'sent' },
  'Email Delivered': { channel: 'email', receipt: 'delivered', status: 'delivered' },
  'Email Opened': { channel: 'email', receipt: 'opened', status: 'opened' },
  'Email Link Clicked': { channel: 'email', receipt: 'clicked', status: 'clicked' },
  'Email Bounced': { channel: 'email', receipt: 'refused', status: 'bounced' },
  // Both prove that the mail arrived, and neither that it reached a person who wants it.
  'Email Marked as Spam': { channel: 'email', receipt: 'delivered', status: 'complained' },
  Unsubscribed: { channel: 'email', receipt: 'delivered', status: 'unsubscribed' },
  'SMS Sent': { channel: 'sms', receipt: 'accepted', status: 'sent' },
  'SMS Delivered': { channel: 'sms', receipt: 'delivered', status: 'delivered' },
  'SMS Failed': { channel: 'sms', receipt: 'refused', status: 'failed' },
  'Push Notification Received': { channel: 'push', receipt: 'delivered', status: 'delivered' },
  'Push Notification Tapped': { channel: 'push', receipt: 'clicked', status: 'clicked' },
} as const satisfies Record<string, ReceiptMeaning>;

export type ReceiptName = keyof typeof RECEIPTS;

/** The meaning of an event's name; undefined if the event is no receipt. */
export function receiptMeaning(name: string): ReceiptMeaning | undefined {
  return isReceiptName(name) ? RECEIPTS[name] : undefined;
}

export function isReceiptName(name: string): name is ReceiptName {
  return Object.hasOwn(RECEIPTS, name);
}
