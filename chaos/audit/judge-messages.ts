import { nextStatus } from '#domain/message/status.ts';
import type { MessageStatus } from '#domain/message/message.ts';
import type { Disturbances } from './disturbances.ts';
import { earliestDeadline, type Evidence, type Excuse, excuseFor, isTaken } from './excuses.ts';
import type { DueMessage } from './expect-run.ts';
import type { SeenLetter, SeenMessage, SeenRun } from './observed.ts';

type Say = (
  kind: 'lost message' | 'doubled message' | 'wrong message' | 'status backwards',
  detail: string,
) => void;

/** What a judge notes: findings, and what it let pass. */
export interface Notes {
  say: Say;
  excuse: (excuse: Excuse) => void;
}

/** The messages of one run, due and seen, and what the providers took. */
export interface Post {
  run: SeenRun;
  due: readonly DueMessage[];
  seen: readonly SeenMessage[];
  letters: readonly SeenLetter[];
}

/** How often the provider took a message that ended so. */
type Ends = Partial<Record<MessageStatus, 0 | 1>>;

/** The statuses a message ends with where nothing is cut off, and what each says of the inbox. */
function endsOf({ fate, channel, passes }: DueMessage): Ends {
  if (passes) return { delivered: 1 };
  const isPush = channel === 'push';
  // It is given up when its patience is over, or before if another try would come after that.
  const troubled = { failed: 0, suppressed: 0 } as const;
  const bounced: Ends = channel === 'email' ? { bounced: 1 } : { failed: isPush ? 0 : 1 };
  const ends: Record<DueMessage['fate'], Ends> = {
    suppressed: { suppressed: 0 },
    deliver: { delivered: 1 },
    slow: { delivered: 1 },
    lostReply: { delivered: 1 },
    open: isPush ? { clicked: 1 } : { opened: 1 },
    silent: { sent: 1 },
    bounce: bounced,
    reject: { failed: 0 },
    error: troubled,
    rateLimit: troubled,
  };
  return ends[fate];
}

/** Judges the messages of one run, each beside what its provider took of it. */
export function judgeMessages(post: Post, disturbances: Disturbances, notes: Notes): void {
  const { run, due, seen, letters } = post;
  const pairs = due.flatMap((one) => {
    const id = `${run.id}/${one.place}`;
    const message = seen.find((other) => other.id === id);
    if (message !== undefined) return [{ due: one, message }];
    notes.say('lost message', `${id} (${one.channel}) is not in the ledger`);
    return [];
  });
  for (const pair of pairs) {
    const own = letters.filter(({ messageId }) => messageId === pair.message.id);
    const deadline = earliestDeadline(run, pair.due, pairs);
    judgeMessage({ ...pair, arrived: own.length, deadline }, disturbances, notes);
    const astray = own.filter(({ to }) => to !== pair.due.address);
    for (const { id } of astray) {
      notes.say('wrong message', `${pair.message.id} went to another address as ${id}`);
    }
  }
  for (const message of seen) {
    judgeHistory(message, notes.say);
    if (pairs.some((pair) => pair.message === message)) continue;
    notes.say(
      'wrong message',
      `${message.id} (${message.channel}) must not be there; it is ${message.status}`,
    );
  }
}

function judgeMessage(evidence: Evidence, disturbances: Disturbances, notes: Notes): void {
  const { due, message, arrived } = evidence;
  const { say } = notes;
  const name = `${message.id} (${due.channel}, ${due.fate})`;
  const times = endsOf(due)[message.status];
  if (arrived > (times ?? 1)) {
    say('doubled message', `${name} was taken ${String(arrived)} times, not ${String(times ?? 1)}`);
  }
  if (times !== undefined) {
    if (arrived < times) say('lost message', `${name} is ${message.status} and was never taken`);
    return;
  }
  const excuse = excuseFor(evidence, disturbances);
  if (excuse !== null) {
    notes.excuse(excuse);
    return;
  }
  const words = Object.keys(endsOf(due)).join(' or ');
  if (arrived === 0 && isTaken(due)) {
    say('lost message', `${name} is ${message.status}, not ${words}, and was never taken`);
  } else say('wrong message', `${name} is ${message.status}, not ${words}`);
}

/** Of letters for somebody's addresses, each must be one of the `owed` messages, by its id. */
export function judgeLetters(
  letters: readonly SeenLetter[],
  owed: ReadonlySet<string>,
  say: Say,
): void {
  for (const { id, messageId } of letters) {
    if (messageId !== null && owed.has(messageId)) continue;
    say('doubled message', `${String(messageId)} was taken as ${id}, and nobody was owed it`);
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
