import type { Filter, UpdateFilter } from 'mongodb';
import type { JsonObject } from '#domain/json.ts';
import type {
  MessageLink,
  MessageReason,
  MessageStatus,
  StoredMessage,
} from '#domain/message/message.ts';

/** What tells one message from all others: fixed before anything is known of its fate. */
export type MessageIdentity = Pick<
  StoredMessage,
  | '_id'
  | 'runId'
  | 'profileId'
  | 'journey'
  | 'version'
  | 'step'
  | 'channel'
  | 'template'
  | 'campaign'
  | 'variant'
  | 'expiresAt'
>;

export interface Claim {
  message: MessageIdentity;
  /** Calls made before this one, as the caller read it; null where there was no entry. */
  seen: number | null;
  provider: string;
  language: string;
  addressHash: string;
  /** Of the text, where the provider may be asked for it. */
  textHash?: string;
  /** Links that lead where only this message says. */
  links?: MessageLink[];
  /** It is given up early at our word: its failure will say nothing of the address. */
  noBounce?: true;
  /** Epoch ms. */
  at: number;
}

/** Why a message is not sent now. */
export interface KeptBack {
  reason: MessageReason;
  details?: JsonObject | undefined;
  /** Epoch ms at which the gate is asked again; absent: never. */
  until?: number;
}

/** One change of one entry; its filter matches once only. */
interface EntryChange {
  filter: Filter<StoredMessage>;
  update: UpdateFilter<StoredMessage>;
}

/** From where a message may still be claimed or kept back. */
export const OPEN_STATUSES: MessageStatus[] = ['deferred', 'sending'];

/** What stands in an entry beside its status and reason when that changes. */
export function entered(status: MessageStatus, reason: MessageReason | null, at: number) {
  return { status, reason, updatedAt: at };
}

/** The entry of a message whose first call is claimed. */
export function claimedEntry({
  message,
  provider,
  language,
  addressHash,
  textHash,
  links,
  noBounce,
  at,
}: Claim): StoredMessage {
  return {
    ...blank(message, at),
    provider,
    language,
    addressHash,
    ...(textHash !== undefined && { textHash }),
    ...(links !== undefined && { links }),
    ...(noBounce && { noBounce }),
    ...entered('sending', null, at),
    history: [{ status: 'sending', at }],
    attempts: 1,
    calledAt: at,
  };
}

/** The claim of another call of a message that has an entry. */
export function claimAgain({ message, seen, ...claim }: Claim): EntryChange {
  const { provider, language, addressHash, textHash, links, noBounce, at } = claim;
  const called = { provider, language, addressHash, calledAt: at, ...(noBounce && { noBounce }) };
  return {
    filter: { _id: message._id, attempts: seen ?? 0, status: { $in: OPEN_STATUSES } },
    update: {
      $set: {
        ...entered('sending', null, at),
        ...called,
        ...(textHash !== undefined && { textHash }),
        ...(links !== undefined && { links }),
      },
      $unset: {
        ...{ heldUntil: '', details: '' },
        ...(textHash === undefined && ({ textHash: '' } as const)),
      },
      $inc: { attempts: 1 },
      $push: { history: { status: 'sending', at } },
    },
  };
}

/** The entry of a message that is not sent, or not now, without ever having been claimed. */
export function keptBackEntry(message: MessageIdentity, why: KeptBack, at: number): StoredMessage {
  const { status, set, history } = keptBack(why, at);
  return { ...blank(message, at), ...set, status, history: [history] };
}

/** The same for one that has an entry. */
export function keepBack(
  { _id, expiresAt }: MessageIdentity,
  seen: number,
  why: KeptBack,
  at: number,
): EntryChange {
  const { set, history } = keptBack(why, at);
  const { until, details } = why;
  // Entries of held messages stay until they may go out at the latest.
  const kept = until === undefined || expiresAt === undefined ? {} : { expiresAt };
  return {
    filter: { _id, attempts: seen, status: { $in: OPEN_STATUSES } },
    update: {
      $set: { ...set, ...kept },
      $unset: {
        ...(until === undefined ? ({ heldUntil: '' } as const) : {}),
        ...(details === undefined ? ({ details: '' } as const) : {}),
      },
      $push: { history },
    },
  };
}

function keptBack({ reason, details, until }: KeptBack, at: number) {
  const status: MessageStatus = until === undefined ? 'suppressed' : 'deferred';
  const set = {
    ...entered(status, reason, at),
    ...(details === undefined ? {} : { details }),
    ...(until === undefined ? {} : { heldUntil: until }),
  };
  return { status, set, history: { status, at, reason } };
}

function blank(
  message: MessageIdentity,
  at: number,
): Omit<StoredMessage, 'status' | 'reason' | 'history' | 'updatedAt'> {
  return {
    ...message,
    provider: null,
    language: null,
    providerId: null,
    attempts: 0,
    calledAt: null,
    addressHash: null,
    createdAt: at,
  };
}
