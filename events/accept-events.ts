import type { Fault } from '#domain/errors.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { JsonObject } from '#domain/json.ts';
import { isSubscription } from '#domain/message/push-subscription.ts';
import { identityId, partitionOf } from '#domain/profile/identity.ts';
import { durably } from '#platform/mongo-errors.ts';
import { readCalls, type Candidate, type ReadCalls, type ReadDeps } from './accept-calls.ts';
import type { Pressure } from './accept-pressure.ts';
import type { Stamp, Taken } from './accept-stamp.ts';
import type { AcceptStore } from './accept-store.ts';
import type { Accepted, CallOrigin, Claim, Resolved } from './accept-types.ts';

export type { Accepted, CallNote, CallOrigin } from './accept-types.ts';

export interface AcceptDeps extends ReadDeps {
  store: AcceptStore;
  /** profiles/resolve-identities.ts */
  resolve: (claims: readonly Claim[], at: number) => Promise<Resolved[]>;
  stamp: Stamp;
  pressure: Pressure;
}

/**
 * The way in of tracking calls: checks each, finds whose it is, and writes the good ones at once.
 * Resolves after the durable write; a call whose `messageId` is known already counts as accepted
 * and changes nothing. Bad calls are told one by one and do not hurt the others.
 * @throws DomainError `too-many-requests`, `unavailable` (nothing is lost: the same request may be
 * repeated).
 */
export function createAcceptEvents(deps: AcceptDeps) {
  async function accept(calls: readonly unknown[], origin: CallOrigin): Promise<Accepted> {
    const taken = deps.stamp(calls.length);
    const receivedAt = origin.receivedAt ?? taken.receivedAt;
    const read = readCalls(deps, calls, { ...origin, receivedAt });
    const fresh = withoutRepeats(read.candidates);
    const owned = await findOwners(deps, fresh, receivedAt);
    const events: StoredEvent[] = [];
    for (const { candidate, resolved, by } of owned) {
      if (isOfErased(candidate, resolved, read)) continue;
      if (mayNotConsent(candidate, resolved, read)) continue;
      noteRefused(candidate, resolved, read);
      const how = { ...taken, receivedAt, origin, by };
      events.push(eventOf(candidate, resolved, how));
    }
    await deps.store.insert(events);
    const byIndex = (a: { index: number }, b: { index: number }): number => a.index - b.index;
    return {
      accepted: calls.length - read.rejected.length,
      rejected: read.rejected.sort(byIndex),
      warnings: read.warnings.sort(byIndex),
      ids: events.map(({ _id }) => _id),
    };
  }

  return function acceptEvents(calls: readonly unknown[], origin: CallOrigin): Promise<Accepted> {
    return deps.pressure.admit(calls.length, () => accept(calls, origin));
  };
}

export type AcceptEvents = ReturnType<typeof createAcceptEvents>;

/** A client's retry may put one call into a batch twice: the first stands. */
function withoutRepeats(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>();
  return candidates.filter(({ call }) => seen.size !== seen.add(call.messageId).size);
}

interface Owned {
  candidate: Candidate;
  resolved: Resolved;
  /** The identities it came with, as an event remembers them. */
  by: string[];
}

/** A receipt belongs to whom the message went to; everything else to whom the call names. */
async function findOwners(
  { store, resolve }: AcceptDeps,
  candidates: readonly Candidate[],
  at: number,
): Promise<Owned[]> {
  const messageIds = candidates.map(({ receiptOf }) => receiptOf).filter((id) => id !== undefined);
  const messages = await store.messages(messageIds);
  const named = candidates.filter(({ receiptOf }) => !messages.has(receiptOf ?? ''));
  const claims = named.map(({ claim }) => claim);
  const answers = claims.length === 0 ? [] : await durably(() => resolve(claims, at));
  const resolvedOf = new Map(named.map((candidate, place) => [candidate, answers[place]]));
  return candidates.flatMap((candidate): Owned[] => {
    const message = messages.get(candidate.receiptOf ?? '');
    if (message !== undefined) {
      const { profileId } = message;
      return [{ candidate: asReceipt(candidate), resolved: { profileId }, by: [] }];
    }
    const resolved = resolvedOf.get(candidate);
    return resolved === undefined ? [] : [{ candidate, resolved, by: namesIn(candidate.claim) }];
  });
}

/** Every identity a call names, in the order in which they decide whose it is. */
function namesIn({ external, previous, anonymous, email, phone }: Claim): string[] {
  const names = [
    ['external', external],
    ['external', previous],
    ['anonymous', previous],
    ['anonymous', anonymous],
    ['email', email],
    ['phone', phone],
  ] as const;
  return names.flatMap(([kind, value]) => (value === undefined ? [] : [identityId(kind, value)]));
}

/**
 * The app may name another person than the message's (a shared phone): of such a call only the
 * receipt itself is believed.
 */
function asReceipt(candidate: Candidate): Candidate {
  const { kind, messageId, name, occurredAt, properties, context } = candidate.call;
  return {
    ...candidate,
    call: {
      kind,
      messageId,
      name,
      occurredAt,
      properties: {
        ...without(properties, 'messageId'),
        ...(candidate.receiptOf === undefined ? {} : { message_id: candidate.receiptOf }),
      },
      ...(context === undefined ? {} : { context }),
    },
  };
}

function without(object: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
}

/** What happened before somebody was erased does not come back, by whatever way it comes. */
function isOfErased({ index, call }: Candidate, { erased }: Resolved, read: ReadCalls): boolean {
  if (erased !== true) return false;
  const detail =
    'This customer was erased after this happened, so it is not stored. What happens from now on makes a new customer.';
  const errors: Fault[] = [{ pointer: '#/timestamp', detail }];
  read.rejected.push({ index, messageId: call.messageId, errors });
  return true;
}

function mayNotConsent({ index, call }: Candidate, resolved: Resolved, read: ReadCalls): boolean {
  if (resolved.refused?.includes('consents') !== true) return false;
  const errors: Fault[] = [
    {
      pointer: call.consents === undefined ? '#/context/device/token' : '#/context/consent',
      detail:
        'A browser key is public: it may set consents and push subscriptions only of a visitor without a customer id, or from a device already linked to that customer.',
    },
  ];
  read.rejected.push({ index, messageId: call.messageId, errors });
  return true;
}

/** Addresses a public key may not set are left out, and that is said. */
function noteRefused({ index, call }: Candidate, resolved: Resolved, read: ReadCalls): void {
  const errors: Fault[] = [];
  for (const kind of resolved.refused ?? []) {
    if (kind === 'consents' || call.attributes === undefined) continue;
    call.attributes = without(call.attributes, kind);
    const detail = `A browser key may not change this person's ${kind}, so it was not stored.`;
    errors.push({ pointer: `#/traits/${kind}`, detail });
  }
  if (errors.length > 0) read.warnings.push({ index, messageId: call.messageId, errors });
}

/**
 * A browser's key is public: it may not point a customer's pushes at a phone. Its own subscription
 * it may bring, where it may speak for the customer (see `mayNotConsent`).
 */
function deviceOf(
  { deviceToken }: Candidate['call'],
  { source, takesBack }: CallOrigin,
): Pick<StoredEvent, 'deviceToken' | 'deviceGone'> {
  if (deviceToken === undefined) return {};
  if (takesBack === true) return { deviceGone: deviceToken };
  return source !== 'browser' || isSubscription(deviceToken) ? { deviceToken } : {};
}

function eventOf(
  { index, call }: Candidate,
  { profileId, merges }: Resolved,
  taken: Taken & { origin: CallOrigin; by: string[] },
): StoredEvent {
  return {
    _id: call.messageId,
    profileId,
    partition: partitionOf(profileId),
    kind: call.kind,
    name: call.name,
    occurredAt: call.occurredAt,
    receivedAt: taken.receivedAt,
    place: taken.place + index,
    source: taken.origin.source,
    properties: call.properties,
    ...(call.attributes === undefined ? {} : { attributes: call.attributes }),
    ...(call.context === undefined ? {} : { context: call.context }),
    ...(call.consents === undefined ? {} : { consents: call.consents }),
    ...deviceOf(call, taken.origin),
    ...(merges === undefined ? {} : { merges }),
    ...(taken.by.length === 0 ? {} : { by: taken.by }),
    state: 'accepted',
    pending: true,
  };
}
