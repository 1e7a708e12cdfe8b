import type { MessageStatus } from '#domain/message/message.ts';
import { wasAccepted } from '#domain/message/status.ts';

/** How far the messages of one recipient have come. */
export interface Standing {
  /** The recipient's id. */
  recipient: string;
  statuses: readonly MessageStatus[];
}

/** 2: it went out, or may have; 1: it may still go out; 0: nothing of it did, or it came back. */
function stage({ statuses }: Pick<Standing, 'statuses'>): number {
  const stages = statuses.map((status) => {
    if (status === 'sending' || status === 'deferred') return 1;
    return status === 'unknown' || (wasAccepted(status) && status !== 'bounced') ? 2 : 0;
  });
  return Math.max(0, ...stages);
}

/**
 * Whether a recipient leaves it to another one who is the same person now: to whoever is further, and
 * of those who are as far to the one who was that person all along (`home`, a recipient's id), else to
 * the one whose id comes first, so that exactly one of them goes on. Where the others came to nothing,
 * and nobody has begun, they do not.
 */
export function yieldsTo(mine: Standing, others: readonly Standing[], home: string): boolean {
  const own = stage(mine);
  const isBefore = ({ recipient }: Standing): boolean =>
    mine.recipient !== home && (recipient === home || recipient < mine.recipient);
  return others.some((other) => {
    const theirs = stage(other);
    return theirs > own || (theirs === own && theirs > 0 && isBefore(other));
  });
}

/** Whether they have begun: then they are the one who goes on. */
export function hasBegun(mine: Pick<Standing, 'statuses'>): boolean {
  return stage(mine) > 0;
}
