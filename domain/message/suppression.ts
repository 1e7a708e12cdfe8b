import type { SuppressionScope } from '#domain/message/gate.ts';
import { explicitGrantAt } from '#domain/profile/consents.ts';
import type { Consent } from '#domain/profile/profile.ts';

/** What stands against an address on the suppression list. */
export interface Suppressed {
  /** A stable word such as `unreachable`, `complaint`, `unsubscribed`. */
  reason: string;
  /** What nobody may be sent there; `all` if absent. */
  scope?: SuppressionScope;
  /** Epoch ms. */
  at: number;
  /** Epoch ms at which a message to the address was answered with "no more" last; absent: never. */
  refusedAt?: number;
  /** Nothing stands but that answer: a later grant counts. */
  refusalOnly?: true;
}

/** How an address is left: by a link, by STOP, or because its owner was erased. */
export type RefusalReason = 'unsubscribed' | 'stopped' | 'erased';

/** What stands where a provider said that its own list holds the number: its owner wrote STOP. */
const OPTED_OUT = 'optedOut';

/** What of an address' standing a send goes by. */
export type AddressStanding = Pick<Suppressed, 'scope' | 'refusedAt' | 'refusalOnly'>;

/**
 * What may not be sent at an address to one of the customers who have it; null: all may. Whoever
 * left by a link speaks for the mailbox. From then on silence is no longer enough there: marketing
 * goes only to a customer who granted the channel later, in so many words. No word of a customer
 * lifts anything else that stands against an address.
 */
export function scopeFor(
  standing: AddressStanding | null,
  consent: Consent | null,
): SuppressionScope | null {
  if (standing === null) return null;
  if (standing.refusalOnly !== true) return standing.scope ?? 'all';
  const grantedAt = consent?.granted === true ? explicitGrantAt(consent) : null;
  return grantedAt !== null && grantedAt > (standing.refusedAt ?? Infinity) ? null : 'marketing';
}

/**
 * An address' standing once a message to it was answered with "no more" at `at` (epoch ms). Answers
 * may come late and twice: the latest counts, and what stands besides stays.
 */
export function withRefusal(
  before: Suppressed | null,
  at: number,
  reason: RefusalReason = 'unsubscribed',
): Suppressed {
  if (before === null) return refusalOf(at, reason);
  const refusedAt = Math.max(before.refusedAt ?? at, at);
  if (before.refusalOnly !== true) return { ...before, refusedAt };
  return refusedAt === before.refusedAt ? before : refusalOf(refusedAt, reason);
}

/**
 * A number's standing once its owner wrote START at `at` (epoch ms). It ends what they said
 * themselves, here or to the operator, and nothing that others found. A word that was said before
 * the last STOP ends nothing. Null: nothing is left.
 */
export function withReturn(before: Suppressed | null, at: number): Suppressed | null {
  if (before === null) return null;
  const { refusedAt = -Infinity, refusalOnly = false, reason } = before;
  if (refusedAt >= at) return before;
  if (refusalOnly || (reason === OPTED_OUT && before.at < at)) return null;
  if (before.refusedAt === undefined) return before;
  const { refusedAt: _, ...rest } = before;
  return rest;
}

/** Whether the owner of an address has said themselves that they want no more. */
export function isLeft(standing: Suppressed | null): boolean {
  return standing !== null && (standing.refusedAt !== undefined || standing.reason === OPTED_OUT);
}

/**
 * An address' standing once somebody in the shop lifted what stood: a mailbox that works again has
 * not agreed to anything. Null: nothing is left.
 */
export function afterLift({ refusedAt, refusalOnly }: Suppressed): Suppressed | null {
  return refusedAt === undefined || refusalOnly === true ? null : refusalOf(refusedAt);
}

function refusalOf(at: number, reason: RefusalReason = 'unsubscribed'): Suppressed {
  return { reason, scope: 'marketing', at, refusedAt: at, refusalOnly: true };
}
