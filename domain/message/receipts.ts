import type { Receipt } from '#domain/journey/run.ts';
import type { CarriedChannel, Channel, MessageStatus } from './message.ts';

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
  // A machine that looks proves that the message went out, and nothing of the person.
  'Email Opened by Machine': { channel: 'email', receipt: 'accepted', status: 'sent' },
  'Email Link Clicked by Machine': { channel: 'email', receipt: 'accepted', status: 'sent' },
  'Email Bounced': { channel: 'email', receipt: 'refused', status: 'bounced' },
  // Both prove that the mail arrived, so the next channel is not tried on top of it.
  'Email Marked as Spam': { channel: 'email', receipt: 'delivered', status: 'complained' },
  Unsubscribed: { channel: 'email', receipt: 'delivered', status: 'unsubscribed' },
  'SMS Sent': { channel: 'sms', receipt: 'accepted', status: 'sent' },
  'SMS Delivered': { channel: 'sms', receipt: 'delivered', status: 'delivered' },
  'SMS Failed': { channel: 'sms', receipt: 'refused', status: 'failed' },
  'SMS Link Clicked': { channel: 'sms', receipt: 'clicked', status: 'clicked' },
  'SMS Link Clicked by Machine': { channel: 'sms', receipt: 'accepted', status: 'sent' },
  'Push Notification Received': { channel: 'push', receipt: 'delivered', status: 'delivered' },
  'Push Notification Tapped': { channel: 'push', receipt: 'clicked', status: 'clicked' },
  'Push Link Clicked': { channel: 'push', receipt: 'clicked', status: 'clicked' },
  'Push Link Clicked by Machine': { channel: 'push', receipt: 'accepted', status: 'sent' },
  'Web Push Received': { channel: 'web-push', receipt: 'delivered', status: 'delivered' },
  'Web Push Clicked': { channel: 'web-push', receipt: 'clicked', status: 'clicked' },
  'Web Push Link Clicked': { channel: 'web-push', receipt: 'clicked', status: 'clicked' },
  'Web Push Link Clicked by Machine': { channel: 'web-push', receipt: 'accepted', status: 'sent' },
  'Viber Sent': { channel: 'viber', receipt: 'accepted', status: 'sent' },
  'Viber Delivered': { channel: 'viber', receipt: 'delivered', status: 'delivered' },
  'Viber Read': { channel: 'viber', receipt: 'opened', status: 'read' },
  'Viber Failed': { channel: 'viber', receipt: 'refused', status: 'failed' },
  'Viber Link Clicked': { channel: 'viber', receipt: 'clicked', status: 'clicked' },
  'Viber Link Clicked by Machine': { channel: 'viber', receipt: 'accepted', status: 'sent' },
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

/** What it is called when somebody followed a link of a message, and when only a machine did. */
export const CLICKS: Readonly<
  Record<CarriedChannel, { person: ReceiptName; machine: ReceiptName }>
> = {
  email: { person: 'Email Link Clicked', machine: 'Email Link Clicked by Machine' },
  sms: { person: 'SMS Link Clicked', machine: 'SMS Link Clicked by Machine' },
  push: { person: 'Push Link Clicked', machine: 'Push Link Clicked by Machine' },
  'web-push': { person: 'Web Push Link Clicked', machine: 'Web Push Link Clicked by Machine' },
  viber: { person: 'Viber Link Clicked', machine: 'Viber Link Clicked by Machine' },
};

/** The same for the picture that says that a mail was opened. */
export const OPENS = {
  person: 'Email Opened',
  machine: 'Email Opened by Machine',
} as const satisfies Record<string, ReceiptName>;
