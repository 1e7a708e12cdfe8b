import { randomInt } from 'node:crypto';
import { settled } from '#domain/voucher/voucher.ts';
import { fillIn, placeholdersOf, poolsShown } from '#domain/voucher/placeholders.ts';
import type { Claim } from '#messages/ledger-entry.ts';
import type { Ledger } from '#messages/ledger-store.ts';
import type { Withdrawn } from '#messages/withdraw-messages.ts';
import type { Clock } from '#platform/clock.ts';
import type { PreparedTemplate } from '#templates/prepare-template.ts';
import type { Rendering } from '#templates/render-message.ts';
import type { VoucherStore } from '#vouchers/voucher-store.ts';
import type { SendDeps, SendRequest } from './send-request.ts';

/** Digits that no customer can guess: they tell our placeholders from anything else. */
const NONCE = String(randomInt(1_000_000_000, 9_999_999_999));

type Rendered = Extract<Rendering, { content: unknown }>['content'];

/** What stands in a message for codes until it is known which of them it shows. */
export function voucherScope({ pools }: PreparedTemplate): {
  vouchers?: Record<string, string>;
} {
  return pools.size === 0 ? {} : { vouchers: placeholdersOf(pools, NONCE).scope };
}

interface Taking {
  deps: SendDeps;
  request: SendRequest;
  profileId: string;
}

/**
 * The message with the codes it shows, reserved for it; or why there is none: a pool is empty, or a
 * filter tore a code apart. Codes in a way of a condition that was not taken are not touched.
 */
export async function takeVouchers(
  { deps, request, profileId }: Taking,
  { pools }: PreparedTemplate,
  { content }: { content: Rendered },
): Promise<Rendered | 'noVoucher' | 'templateError'> {
  if (pools.size === 0) return content;
  const placeholders = placeholdersOf(pools, NONCE);
  const { channel, ...texts } = content;
  const shown = poolsShown(textsOf(texts), placeholders);
  const { messageId } = request;
  const asked = { pools: shown, messageId, profileId };
  const codes =
    shown.length === 0 ? new Map<string, string>() : await deps.vouchers?.reserve(asked);
  if (codes === null || codes === undefined) return 'noVoucher';
  const fill = (text: string, name: string): string | null =>
    fillIn(text, placeholders, codes, name === 'html' ? escapeHtml : undefined);
  const filled = withTexts(texts, fill);
  // The same parts with other texts: the shape is the content's own.
  return filled === null ? 'templateError' : ({ channel, ...filled } as Rendered);
}

/** What a message is made of: texts, and parts of several (Viber's button). */
interface Parts {
  [name: string]: string | Parts;
}

function textsOf(parts: Parts): string[] {
  return Object.values(parts).flatMap((part) =>
    typeof part === 'string' ? [part] : textsOf(part),
  );
}

/** The same parts with each text changed; null where one cannot be. */
function withTexts(
  parts: Parts,
  change: (text: string, name: string) => string | null,
): Parts | null {
  const changed: Parts = {};
  for (const [name, part] of Object.entries(parts)) {
    const next = typeof part === 'string' ? change(part, name) : withTexts(part, change);
    if (next === null) return null;
    changed[name] = next;
  }
  return changed;
}

function escapeHtml(code: string): string {
  return code
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Messages with codes under way in one process, by far: an end forgets its message. */
const UNDER_WAY_MAX = 50_000;
/**
 * A message is claimed within this of the reservation of its codes, in ms, or not at all: what a
 * process that stood still reserved may be another's by then (domain/voucher/voucher.ts).
 */
const RESERVED_FRESH_MS = 5 * 60_000;

interface Settling {
  ledger: Ledger;
  vouchers: Pick<VoucherStore, 'reserve'>;
  /** Told of messages that were withdrawn, past the ledger. */
  onWithdrawn: (withdrawn: readonly Withdrawn[]) => void;
}

/**
 * The ledger with codes settled as messages end: accepted (or nobody knows) they are somebody's, else
 * they are free again. What a process that died left open is settled from the ledger when its pool
 * is looked at or runs empty, and each hour.
 */
export function settleVouchers(
  ledger: Ledger,
  store: Pick<VoucherStore, 'reserve' | 'issue' | 'giveBack'>,
  clock: Clock,
): Settling {
  /** When the codes of a message were reserved, epoch ms. */
  const underWay = new Map<string, number>();
  const end = async (messageId: string, how: 'issue' | 'giveBack'): Promise<void> => {
    if (underWay.delete(messageId)) await store[how](messageId);
  };
  /** A receipt was faster than what would have been written: by its word they may be somebody's. */
  const endByReceipt = async (messageId: string): Promise<void> => {
    if (!underWay.has(messageId)) return;
    const [message, now] = [await ledger.find(messageId), clock()];
    if (message !== null && settled(message, now, now) === 'issued') await end(messageId, 'issue');
  };
  /** Whoever asked asks again, and reserves again. */
  const refuseStale = ({ message }: Claim): void => {
    const reservedAt = underWay.get(message._id);
    if (reservedAt !== undefined && clock() - reservedAt > RESERVED_FRESH_MS) {
      throw new Error('the codes of a message were reserved too long ago');
    }
  };
  return {
    vouchers: {
      reserve(asked) {
        const [oldest] = underWay.keys();
        if (underWay.size >= UNDER_WAY_MAX && oldest !== undefined) underWay.delete(oldest);
        underWay.set(asked.messageId, clock());
        return store.reserve(asked);
      },
    },
    onWithdrawn(withdrawn) {
      // Of one whose call was under way the end of that call says more.
      for (const { _id } of withdrawn.filter(({ status }) => status === 'suppressed')) {
        // Nobody waits for it: what fails here is settled within the hour.
        end(_id, 'giveBack').catch(() => undefined);
      }
    },
    ledger: {
      ...ledger,
      async claim(claim) {
        refuseStale(claim);
        return ledger.claim(claim);
      },
      async reserve(ask) {
        if (ask.claim !== null) refuseStale(ask.claim);
        return ledger.reserve(ask);
      },
      async endCall(call) {
        const written = await ledger.endCall(call);
        const { messageId, status } = call;
        if (status === 'sent') await end(messageId, 'issue');
        else if (written === null) await endByReceipt(messageId);
        // Deferred: it goes out later, with the same code.
        else if (written !== 'deferred') await end(messageId, 'giveBack');
        return written;
      },
      async markUnsure(messageId, attempt, at) {
        await ledger.markUnsure(messageId, attempt, at);
        await endByReceipt(messageId);
      },
      async settleUnknown(messageId, attempt, at) {
        const isSettled = await ledger.settleUnknown(messageId, attempt, at);
        await (isSettled ? end(messageId, 'issue') : endByReceipt(messageId));
        return isSettled;
      },
      // What is held may wait for days: it is made anew when it goes out, with a code of that day.
      async keepBack(message, seen, why, at) {
        const isNoted = await ledger.keepBack(message, seen, why, at);
        if (isNoted) await end(message._id, 'giveBack');
        return isNoted;
      },
    },
  };
}
