import { z } from 'zod';
import { wasAccepted } from '#domain/message/status.ts';
import type { MessageStatus } from '#domain/message/message.ts';
import { ContentKey } from '#domain/template/template.ts';
import { filled } from '#domain/template/written.ts';

/** Codes left at which somebody should upload more, where a pool says nothing else. */
const LOW_STOCK = 100;
/** Longest code in characters: it is typed by hand. */
const CODE_MAX = 100;
/** Codes of one upload; a million come in a hundred calls. */
export const UPLOAD_MAX = 10_000;

/** A store of codes, each of which one person gets: `{{ vouchers.summer }}`. */
export const VoucherPool = z.strictObject({
  key: ContentKey,
  name: filled(200).optional(),
  lowStock: z.number().int().min(0).max(10_000_000).default(LOW_STOCK),
});
export type VoucherPool = z.infer<typeof VoucherPool>;

export const VoucherCode = z
  .string()
  .max(CODE_MAX, `is longer than ${String(CODE_MAX)} characters`)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}\p{P}\p{S}]*$/u, 'is letters, digits and signs without spaces');

/**
 * `free` nobody has it; `reserved` it stands in a message whose end is open; `issued` somebody has,
 * or may have, received it; `redeemed` it was used.
 */
export const VOUCHER_STATES = ['free', 'reserved', 'issued', 'redeemed'] as const;
export type VoucherState = (typeof VOUCHER_STATES)[number];

/**
 * A message without an entry in the ledger after this, in ms, was never begun: the process that
 * reserved its code died first. Far longer than the way from one to the other.
 */
const UNBEGUN_MS = 15 * 60_000;

/**
 * The ledger keeps entries for thirty days at least (KAIROS_RUN_RETENTION). A message without one
 * after this, in ms, may have gone out and been forgotten since.
 */
const FORGOTTEN_MS = 7 * 24 * 3_600_000;

/**
 * What becomes of a reserved code by what became of its message (null: the ledger has no entry). A
 * code that may have reached somebody is never given to another.
 */
export function settled(
  message: { status: MessageStatus; providerId: string | null } | null,
  reservedAt: number,
  now: number,
): VoucherState {
  if (message === null) return withoutEntry(now - reservedAt);
  const { status, providerId } = message;
  // What a provider took and later said had failed may have arrived all the same.
  if (wasAccepted(status) || status === 'unknown' || providerId !== null) return 'issued';
  return status === 'failed' || status === 'suppressed' ? 'free' : 'reserved';
}

function withoutEntry(ageMs: number): VoucherState {
  if (ageMs > FORGOTTEN_MS) return 'issued';
  return ageMs > UNBEGUN_MS ? 'free' : 'reserved';
}

/**
 * Who holds a code: a step of a run, whichever channel its messages go by, so that a person who gets
 * a push and then a mail of one step finds one code in both. Other messages hold their own.
 */
export function holderOf(messageId: string): string {
  const parts = messageId.split('/');
  return parts.length === 4 ? parts.slice(0, 3).join('/') : messageId;
}
