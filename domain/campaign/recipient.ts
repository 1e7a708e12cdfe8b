import type { Wave } from '#domain/campaign/draw-place.ts';
import { SEND_ENDS } from '#domain/sending/send-turn.ts';

/**
 * How one recipient ends. `stopped`: the campaign was, before their turn. Everybody ends as one of
 * these, so that counts add up to the audience.
 */
export const ENDS = [...SEND_ENDS, 'stopped'] as const;
export type RecipientEnd = (typeof ENDS)[number];

/** The name of what is sent: the first message, or the one to those who did not open it. */
export function stepOf(wave: Wave): string {
  return wave === 'resend' ? 'resend' : 'send';
}
