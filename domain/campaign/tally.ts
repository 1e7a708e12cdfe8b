import type { Wave } from '#domain/campaign/draw-place.ts';
import type { MessageStatus } from '#domain/message/message.ts';
import { ENDS, type RecipientEnd } from '#domain/campaign/recipient.ts';

/** How those of one part of a campaign ended so far. */
export type Ends = Record<RecipientEnd, number>;

export interface Tally {
  ends: Ends;
  /** `suppressed:noConsent` and the like. */
  reasons: Record<string, number>;
}

/** The audience is counted apart from those who get a second message. */
export const PARTS = ['main', 'resend'] as const;
export type Part = (typeof PARTS)[number];

export function partOf(wave: Wave): Part {
  return wave === 'resend' ? 'resend' : 'main';
}

export function noEnds(): Ends {
  return { sent: 0, suppressed: 0, failed: 0, stopped: 0 };
}

export interface EndedRecipient {
  wave: Wave;
  end: RecipientEnd;
  reason: string | null;
}

/** Names of counters must not be read as paths. */
const PATH_SIGNS = /[.$\0]/g;

/**
 * Why somebody who was sent a cascade's message counts as no more than that: the campaign was stopped
 * before it had reached them.
 */
export const UNDER_WAY = 'underWay';

const LOOKED: readonly MessageStatus[] = ['opened', 'read', 'clicked'];
const REACHED: Readonly<Record<'delivered' | 'opened' | 'clicked', readonly MessageStatus[]>> = {
  delivered: ['delivered', 'unsubscribed', 'complained', ...LOOKED],
  opened: LOOKED,
  clicked: ['clicked'],
};

/** Whether a message that has come so far has reached, by the words of a cascade. */
export function hasReached(status: MessageStatus, until: keyof typeof REACHED): boolean {
  return REACHED[until].includes(status);
}

/** What is told of a cascade: whom it reached stands in its ends, but of those whom a stop cut off. */
export function toldOfCascade({ ends, reasons }: Tally): Told {
  const cutOff = reasons[`sent:${UNDER_WAY}`] ?? 0;
  return { delivered: ends.sent - cutOff, returned: 0, unknown: 0 };
}

/** How a slice of ends moves the counters of a campaign, by the counter's path. */
export function incrementsOf(ended: readonly EndedRecipient[]): Record<string, number> {
  const increments: Record<string, number> = {};
  const add = (path: string): void => {
    increments[path] = (increments[path] ?? 0) + 1;
  };
  for (const { wave, end, reason } of ended) {
    const part = partOf(wave);
    add(`tally.${part}.ends.${end}`);
    if (reason !== null) add(`tally.${part}.reasons.${end}:${reason.replaceAll(PATH_SIGNS, '_')}`);
  }
  return increments;
}

export function endedIn(ends: Ends): number {
  return ENDS.reduce((sum, end) => sum + ends[end], 0);
}

/** What receipts say of a part's messages. */
export interface Told {
  /** Delivered, or looked at. */
  delivered: number;
  /** Accepted first, and returned or not delivered after all. */
  returned: number;
  /** Nobody will ever know whether they went out. */
  unknown: number;
}

/** Everybody of the audience at exactly one place: the numbers add up to `audience`. */
export interface Counts extends Record<RecipientEnd, number> {
  /** Not decided yet: waiting for their turn, held, or being tried. */
  pending: number;
  delivered: number;
  unknown: number;
}

/**
 * The counts of one part. Receipts come later than what they are about, or sooner than its slice is
 * written: they only ever divide those who are `sent`.
 */
export function countsOf(audience: number, ends: Ends, told: Told): Counts {
  const delivered = Math.min(told.delivered, ends.sent);
  const returned = Math.min(told.returned, ends.sent - delivered);
  const unknown = Math.min(told.unknown, ends.sent - delivered - returned);
  return {
    pending: audience - endedIn(ends),
    sent: ends.sent - delivered - returned - unknown,
    delivered,
    unknown,
    failed: ends.failed + returned,
    suppressed: ends.suppressed,
    stopped: ends.stopped,
  };
}
