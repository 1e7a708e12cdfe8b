import { nextStatus } from '#domain/message/status.ts';
import type { MessageStatus } from '#domain/message/message.ts';
import type { DueMessage } from './expect-run.ts';
import type { Observed, SeenMessage, SeenRun } from './observed.ts';

type Say = (
  kind: 'lost message' | 'doubled message' | 'wrong message' | 'status backwards',
  detail: string,
) => void;

/** How often an address may have got a message: at least, at most. */
type Range = readonly [least: number, most: number];

const ONCE: Range = [1, 1];
const NEVER: Range = [0, 0];
const PERHAPS: Range = [0, 1];

/**
 * The statuses a message may end with, and what each says of the inbox.
 * - `unknown` is right for push: FCM can tell neither by a list nor by a receipt of its own. And for
 *   an e-mail that never arrived: its silence says something only after a minute of listening
 *   without a break, which its patience need not hold where something is killed every ten seconds.
 * - A brief patience may pass before anybody could make the call, or while it is under way: then
 *   the message is `suppressed`, or given up as `failed` or `unknown`.
 */
function admissible(due: DueMessage): Partial<Record<MessageStatus, Range>> {
  const brief: Partial<Record<MessageStatus, Range>> = due.isBrief
    ? { suppressed: NEVER, failed: NEVER, unknown: PERHAPS }
    : {};
  const push: Partial<Record<MessageStatus, Range>> =
    due.channel === 'push' ? { unknown: PERHAPS } : {};
  const untold: Partial<Record<MessageStatus, Range>> = due.isUntold ? { unknown: NEVER } : {};
  return { ...push, ...untold, ...brief, ...byFate(due) };
}

function byFate({ fate, channel }: DueMessage): Partial<Record<MessageStatus, Range>> {
  const isPush = channel === 'push';
  // A trouble that does not pass is given up; one that does ends in a delivery.
  const troubled = { failed: NEVER, delivered: ONCE };
  const bounced = channel === 'email' ? { bounced: ONCE } : { failed: isPush ? NEVER : ONCE };
  const ends: Record<DueMessage['fate'], Partial<Record<MessageStatus, Range>>> = {
    suppressed: { suppressed: NEVER },
    deliver: { delivered: ONCE },
    slow: { delivered: ONCE },
    lostReply: { delivered: ONCE },
    open: isPush ? { clicked: ONCE } : { opened: ONCE },
    silent: { sent: ONCE },
    bounce: bounced,
    reject: { failed: NEVER },
    error: troubled,
    rateLimit: troubled,
  };
  return ends[fate];
}

/** Judges the messages of one run; what its addresses must have got is added to `letters`. */
export function judgeMessages(
  run: SeenRun,
  { due, seen }: { due: readonly DueMessage[]; seen: readonly SeenMessage[] },
  letters: Map<string, [least: number, most: number]>,
  say: Say,
): void {
  for (const one of due) {
    const id = `${run.id}/${one.place}`;
    const message = seen.find((other) => other.id === id);
    if (message === undefined) {
      say('lost message', `${id} (${one.channel}) is not in the ledger`);
      continue;
    }
    const range = admissible(one)[message.status];
    if (range === undefined) {
      const words = Object.keys(admissible(one)).join(' or ');
      say(
        'wrong message',
        `${id} (${one.channel}, ${one.fate}) is ${message.status}, not ${words}`,
      );
    }
    if (one.address === null) continue;
    const [least, most] = letters.get(one.address) ?? [0, 0];
    const [from, to] = range ?? PERHAPS;
    letters.set(one.address, [least + from, most + to]);
  }
  for (const message of seen) {
    judgeHistory(message, say);
    if (due.some(({ place }) => `${run.id}/${place}` === message.id)) continue;
    say(
      'wrong message',
      `${message.id} (${message.channel}) must not be there; it is ${message.status}`,
    );
  }
}

/** Whether providers took exactly what they had to take. */
export function judgeInbox(
  addresses: readonly string[],
  { inbox }: Pick<Observed, 'inbox'>,
  letters: ReadonlyMap<string, readonly [least: number, most: number]>,
  say: Say,
): void {
  for (const address of addresses) {
    const got = inbox.get(address) ?? 0;
    const [least, most] = letters.get(address) ?? NEVER;
    if (got < least) say('lost message', `${address} got ${String(got)} of ${String(least)}`);
    if (got > most) say('doubled message', `${address} got ${String(got)}, not ${String(most)}`);
  }
}

/** What we ourselves do not know yet may become anything; everything else only rises. */
const OPEN: readonly MessageStatus[] = ['deferred', 'sending'];

function judgeHistory({ id, status, history }: SeenMessage, say: Say): void {
  const words = history.map((entry) => entry.status);
  const shown = words.join(' -> ');
  if (words.at(-1) !== status) say('status backwards', `${id} is ${status} after ${shown}`);
  words.forEach((word, index) => {
    const before = words[index - 1];
    if (before === undefined || OPEN.includes(before)) return;
    const isTold = before === 'unknown' && word === 'suppressed';
    if (!isTold && nextStatus(before, word) !== word) say('status backwards', `${id}: ${shown}`);
  });
}
