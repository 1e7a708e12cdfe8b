import { DomainError, invalid } from '#domain/errors.ts';
import type { ReceiptName } from '#domain/message/receipts.ts';
import { DEVICE_ADDED } from '#domain/profile/passed-devices.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { AcceptEvents } from '#events/accept-events.ts';
import type { AcceptReceipts } from '#events/accept-receipts.ts';
import type { SiteMessages } from '#messages/site-message-store.ts';
import type { Clock } from '#platform/clock.ts';
import { sha256Hex } from '#platform/hash.ts';
import type { Reading } from './site-reader.ts';
import type { DeviceBody, GoneDeviceBody, PushReceiptBody } from './site-views.ts';

/** The customer's event by which a phone goes. */
const DEVICE_REMOVED = 'Device Removed';

/** Characters of a hash in an event's id: 160 bits. */
const HASH_LENGTH = 40;

const PUSH_RECEIPTS = {
  received: 'Push Notification Received',
  tapped: 'Push Notification Tapped',
} as const satisfies Record<PushReceiptBody['event'], ReceiptName>;

/**
 * Has a customer's pushes go to this phone, and nobody else's any more. The token that the shop's server signed makes it the
 * server's word: by a browser's key alone anybody could have a customer's pushes sent to a phone of
 * their own. @throws DomainError `forbidden` (no user token), `invalid`, `too-many-requests`,
 * `unavailable`
 */
export async function addDevice(
  accept: AcceptEvents,
  who: Reading['who'],
  { token, platform, messageId }: DeviceBody,
): Promise<void> {
  const device = { token, ...(platform !== undefined && { type: platform }) };
  const call = callOf(who, DEVICE_ADDED, messageId);
  await take(accept, { ...call, context: { device } }, {});
}

/** Has no more pushes of this customer go to this phone. @throws as `addDevice` */
export async function removeDevice(
  accept: AcceptEvents,
  who: Reading['who'],
  { token, messageId }: GoneDeviceBody,
): Promise<void> {
  const call = callOf(who, DEVICE_REMOVED, messageId);
  await take(accept, { ...call, context: { device: { token } } }, { takesBack: true });
}

function callOf(who: Reading['who'], event: string, messageId: string | undefined): object {
  if (!('userId' in who)) {
    throw new DomainError(
      'forbidden',
      'A phone is taken for a customer who is logged in: send the `X-Kairos-User-Token` that the shop’s server signed. That of a visitor the shop’s server tells, as `context.device.token` of a tracking call.',
    );
  }
  const { userId } = who;
  // The id is of this customer and what was told: nobody else's call can be taken for a repeat of it.
  const hash = sha256Hex(JSON.stringify([userId, event, messageId])).slice(0, HASH_LENGTH);
  const id = messageId === undefined ? {} : { messageId: `device/${hash}` };
  return { type: 'track', event, userId, properties: { channel: 'push' }, ...id };
}

async function take(accept: AcceptEvents, call: object, how: { takesBack?: true }): Promise<void> {
  const { rejected } = await accept([call], { source: 'server', ...how });
  const errors = rejected.flatMap((one) => one.errors);
  if (errors.length > 0) throw invalid('The phone cannot be taken.', errors);
}

interface PushReceiptDeps {
  shelf: Pick<SiteMessages, 'isPushOf'>;
  acceptReceipts: AcceptReceipts;
  clock: Clock;
}

/**
 * What a phone tells of a push, once however often it is told. Of a push to somebody else, or of
 * none, it is left out without a word, so that ids of messages cannot be tried. @throws DomainError
 * `unavailable`
 */
export async function tellPush(
  { shelf, acceptReceipts, clock }: PushReceiptDeps,
  profile: Profile | null,
  { message_id: messageId, event }: PushReceiptBody,
): Promise<void> {
  if (profile === null || !(await shelf.isPushOf(profile._id, messageId))) return;
  await acceptReceipts([
    {
      ...{ messageId, occurredAt: clock(), providerId: null },
      eventId: `site:${messageId}:${event}`,
      name: PUSH_RECEIPTS[event],
    },
  ]);
}
