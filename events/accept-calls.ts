import type { Fault } from '#domain/errors.ts';
import { EVENT_BYTES_MAX, parseCall, type TrackedCall } from '#domain/event/tracking.ts';
import { isSubscription } from '#domain/message/push-subscription.ts';
import { CATALOGUE_EVENTS } from '#domain/product/catalogue-events.ts';
import { SEGMENT_ENTERED, SEGMENT_LEFT } from '#domain/segment/segment.ts';
import type { CallNote, CallOrigin, Claim, Normalized } from './accept-types.ts';

/** A call that may become an event, and what it says about who it was. */
export interface Candidate {
  index: number;
  call: TrackedCall;
  claim: Claim;
  /** The message of ours that this call is the receipt of. */
  receiptOf?: string;
}

export interface ReadDeps {
  normalize: (attributes: NonNullable<TrackedCall['attributes']>) => Normalized;
  newId: () => string;
  /** Names of events that say what became of a message. */
  receiptNames: ReadonlySet<string>;
}

export interface ReadCalls {
  candidates: Candidate[];
  rejected: CallNote[];
  warnings: CallNote[];
}

/** Receipts of push come from the app, which knows the message but maybe not yet the person. */
const APP_RECEIPTS: ReadonlySet<string> = new Set([
  'Push Notification Received',
  'Push Notification Tapped',
]);

/** Segment's e-commerce names of what only a shop's own system may say happened. */
const ORDER_NAME = /^\s*order\b/i;

/** What Kairos itself tells: nobody else may say it of a customer in public. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  ...CATALOGUE_EVENTS,
  ...[SEGMENT_ENTERED, SEGMENT_LEFT],
]);

/** Parses and judges each call by itself; nothing is read or written. */
export function readCalls(
  deps: ReadDeps,
  calls: readonly unknown[],
  origin: CallOrigin & { receivedAt: number },
): ReadCalls {
  const read: ReadCalls = { candidates: [], rejected: [], warnings: [] };
  const { kind, receivedAt, sentAt, context, source, importId } = origin;
  const frame = {
    receivedAt,
    sentAt,
    context,
    newId: deps.newId,
    ...(kind === undefined ? {} : { kind }),
    ...(importId === undefined ? {} : { importId }),
  };
  for (const [index, input] of calls.entries()) {
    const parsed = parseCall(input, frame);
    if (!parsed.ok) {
      read.rejected.push({ index, messageId: parsed.messageId, errors: parsed.faults });
      continue;
    }
    const { call } = parsed;
    const fault =
      sizeFault(calls, input) ?? (source === 'browser' ? publicFault(deps, call) : null);
    if (fault !== null) {
      read.rejected.push({ index, messageId: call.messageId, errors: [fault] });
    } else addCandidate(deps, read, { index, call, browser: source === 'browser' });
  }
  return read;
}

/** The size of a single call is that of its body, and was looked at when it was read. */
function sizeFault(calls: readonly unknown[], input: unknown): Fault | null {
  if (calls.length === 1) return null;
  const text = JSON.stringify(input);
  if (text.length * 3 <= EVENT_BYTES_MAX || Buffer.byteLength(text) <= EVENT_BYTES_MAX) return null;
  return { pointer: '#', detail: 'The event is larger than 32 KB.' };
}

/** Why a public key may not say this; null when it may. */
function publicFault({ receiptNames }: ReadDeps, { kind, name }: TrackedCall): Fault | null {
  if (kind !== 'track') return null;
  const what = receiptNames.has(name) || APP_RECEIPTS.has(name) ? 'receipts of messages' : null;
  const own = OWN_NAMES.has(name) ? 'what Kairos tells itself' : null;
  const denied = what ?? own ?? (ORDER_NAME.test(name) ? 'orders' : null);
  if (denied === null) return null;
  const detail = `A browser key is public and may not record ${denied}; send it from a server.`;
  return { pointer: '#/event', detail };
}

function addCandidate(
  deps: ReadDeps,
  read: ReadCalls,
  { index, call, browser }: { index: number; call: TrackedCall; browser: boolean },
): void {
  const claim: Claim = {
    ...(call.userId === undefined ? {} : { external: call.userId }),
    ...(call.anonymousId === undefined ? {} : { anonymous: call.anonymousId }),
    ...(call.previousId === undefined ? {} : { previous: call.previousId }),
    browser,
    // A browser that is to be written to as this person asks for as much as a consent does.
    consents: call.consents !== undefined || isSubscription(call.deviceToken ?? ''),
    eventId: call.messageId,
    occurredAt: call.occurredAt,
  };
  if (call.attributes !== undefined) {
    const { attributes, email, phone, warnings } = deps.normalize(call.attributes);
    call.attributes = attributes;
    if (email !== undefined) claim.email = email;
    if (phone !== undefined) claim.phone = phone;
    if (warnings.length > 0) {
      read.warnings.push({ index, messageId: call.messageId, errors: warnings });
    }
  }
  const receiptOf = messageOf(call);
  read.candidates.push({ index, call, claim, ...(receiptOf === undefined ? {} : { receiptOf }) });
}

function messageOf({ kind, name, properties }: TrackedCall): string | undefined {
  if (kind !== 'track' || !APP_RECEIPTS.has(name)) return undefined;
  const id = properties.message_id ?? properties.messageId;
  return typeof id === 'string' ? id : undefined;
}
