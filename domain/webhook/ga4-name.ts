import { GA4_EVENTS } from '#domain/source/ga4-names.ts';

/** Longer names of events and parameters are not taken. */
export const NAME_LENGTH_MAX = 40;

/** Google's own names of events: what others send by them is thrown away. */
const RESERVED: ReadonlySet<string> = new Set([
  'ad_activeview',
  'ad_click',
  'ad_exposure',
  'ad_impression',
  'ad_query',
  'ad_reward',
  'adunit_exposure',
  'app_clear_data',
  'app_exception',
  'app_install',
  'app_remove',
  'app_store_refund',
  'app_store_subscription_cancel',
  'app_store_subscription_renew',
  'app_update',
  'app_upgrade',
  'click',
  'dynamic_link_app_open',
  'dynamic_link_app_update',
  'dynamic_link_first_open',
  'error',
  'file_download',
  'firebase_campaign',
  'first_open',
  'first_visit',
  'form_start',
  'form_submit',
  'in_app_purchase',
  'notification_dismiss',
  'notification_foreground',
  'notification_open',
  'notification_receive',
  'os_update',
  'scroll',
  'session_start',
  'user_engagement',
  'video_progress',
  'video_start',
]);
const RESERVED_PREFIX = /^(?:firebase_|ga_|google_|gtag\.|query_id)/;

/** Whether Google throws away what is sent by this name. */
export function isReservedName(name: string): boolean {
  return RESERVED.has(name) || RESERVED_PREFIX.test(name);
}

/** Segment's names by Google's, and what else means the same. */
const THERE: ReadonlyMap<string, string> = new Map([
  ...Object.entries(GA4_EVENTS).map(([there, here]): [string, string] => [here, there]),
  ['Order Cancelled', 'refund'],
]);

/**
 * The name of an event at Google: the recommended one where there is one, else its own in small
 * letters with underscores. One that Google keeps for itself gets `kairos_` before it.
 */
export function nameThere(name: string): string {
  const recommended = THERE.get(name);
  if (recommended !== undefined) return recommended;
  const plain = plainName(name);
  return isReservedName(plain) ? cut(`kairos_${plain}`, NAME_LENGTH_MAX) : plain;
}

/** A name of letters, digits and underscores that begins with a letter. */
export function plainName(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '');
  return cut(/^\p{L}/u.test(plain) ? plain : `e_${plain}`, NAME_LENGTH_MAX);
}

/** No more characters than these, and no half of one at the end. */
export function cut(text: string, lengthMax: number): string {
  return text.slice(0, lengthMax).replace(/[\ud800-\udbff]$/, '');
}
