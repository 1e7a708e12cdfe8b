import type { Receipt } from '#domain/journey/run.ts';
import type { Channel, MessageStatus } from './message.ts';

/** What an event says of a message: which channel, how far it came, the status it moves it to. */
export interface ReceiptMeaning {
  channel: Channel;
  receipt: Receipt;
  /** The message's status after it; a status only ever moves forwards. */
  status: MessageStatus;
}

const MEANINGS = {
  'Email Processed': { channel: 'email', receipt: 'accepted', status: 'sent' },
  'Email Delivered': { channel: 'email', receipt: 'delivered', status: 'delivered' },
  'Email Opened': { channel: 'email', receipt: 'opened', status: 'opened' },
  'Email Link Clicked': { channel: 'email', receipt: 'clicked', status: 'clicked' },
  'Email Bounced': { channel: 'email', receipt: 'refused', status: 'bounced' },
  // Both prove that the mail arrived, so the next channel is not tried on top of it.
  'Email Marked as Spam': { channel: 'email', receipt: 'delivered', status: 'complained' },
  Unsubscribed: { channel: 'email', receipt: 'delivered', status: 'unsubscribed' },
  'SMS Sent': { channel: 'sms', receipt: 'accepted', status: 'sent' },
  'SMS Delivered': { channel: 'sms', receipt: 'delivered', status: 'delivered' },
  'SMS Failed': { channel: 'sms', receipt: 'refused', status: 'failed' },
  'Push Notification Received': { channel: 'push', receipt: 'delivered', status: 'delivered' },
  'Push Notification Tapped': { channel: 'push', receipt: 'clicked', status: 'clicked' },
  'Web Push Received': { channel: 'web-push', receipt: 'delivered', status: 'delivered' },
  'Web Push Clicked': { channel: 'web-push', receipt: 'clicked', status: 'clicked' },
  'Viber Sent': { channel: 'viber', receipt: 'accepted', status: 'sent' },
  'Viber Delivered': { channel: 'viber', receipt: 'delivered', status: 'delivered' },
  'Viber Read': { channel: 'viber', receipt: 'opened', status: 'read' },
  'Viber Failed': { channel: 'viber', receipt: 'refused', status: 'failed' },
  'In-App Delivered': { channel: 'in-app', receipt: 'delivered', status: 'delivered' },
  'In-App Opened': { channel: 'in-app', receipt: 'opened', status: 'opened' },
  'In-App Clicked': { channel: 'in-app', receipt: 'clicked', status: 'clicked' },
  // Whoever closes a message has seen it.
  'In-App Dismissed': { channel: 'in-app', receipt: 'opened', status: 'opened' },
  'Inbox Delivered': { channel: 'inbox', receipt: 'delivered', status: 'delivered' },
  'Inbox Read': { channel: 'inbox', receipt: 'opened', status: 'read' },
  'Inbox Clicked': { channel: 'inbox', receipt: 'clicked', status: 'clicked' },
  'Inbox Dismissed': { channel: 'inbox', receipt: 'opened', status: 'read' },
  'Widget Delivered': { channel: 'widget', receipt: 'delivered', status: 'delivered' },
  'Widget Opened': { channel: 'widget', receipt: 'opened', status: 'opened' },
  'Widget Clicked': { channel: 'widget', receipt: 'clicked', status: 'clicked' },
  'Widget Dismissed': { channel: 'widget', receipt: 'opened', status: 'opened' },
} as const satisfies Record<string, ReceiptMeaning>;

/** Names of the events that are receipts; Segment's names where it has them. */
export type ReceiptName = keyof typeof MEANINGS;

/** Every event that is a receipt. Without a prototype: an event may be called `constructor`. */
export const RECEIPT_EVENTS: Readonly<Record<string, ReceiptMeaning>> = Object.assign(
  Object.create(null) as Record<string, ReceiptMeaning>,
  MEANINGS,
);
