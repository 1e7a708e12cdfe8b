import type { SiteChannel } from '#domain/message/message.ts';
import type { ReceiptName } from '#domain/message/receipts.ts';

/** What a browser or an app may tell of a message it was given. */
export const SITE_EVENTS = ['delivered', 'opened', 'clicked', 'dismissed'] as const;
export type SiteEvent = (typeof SITE_EVENTS)[number];

const NAMES: Readonly<Record<SiteChannel, Readonly<Record<SiteEvent, ReceiptName>>>> = {
  'in-app': {
    delivered: 'In-App Delivered',
    opened: 'In-App Opened',
    clicked: 'In-App Clicked',
    dismissed: 'In-App Dismissed',
  },
  inbox: {
    delivered: 'Inbox Delivered',
    opened: 'Inbox Read',
    clicked: 'Inbox Clicked',
    dismissed: 'Inbox Dismissed',
  },
  widget: {
    delivered: 'Widget Delivered',
    opened: 'Widget Opened',
    clicked: 'Widget Clicked',
    dismissed: 'Widget Dismissed',
  },
};

/** The customer's event that it becomes. */
export function siteReceiptName(channel: SiteChannel, event: SiteEvent): ReceiptName {
  return NAMES[channel][event];
}

/** Whether the message is not to be shown again after it. What stands in an inbox stays when it is followed. */
export function closesSite(channel: SiteChannel, event: SiteEvent): boolean {
  return event === 'dismissed' || (event === 'clicked' && channel !== 'inbox');
}

/** Whether the person has seen the message then. */
export function opensSite(event: SiteEvent): boolean {
  return event !== 'delivered';
}
