import type { DueMessage, Fate } from './expect-run.ts';
import type { Disturbances } from './disturbances.ts';
import type { Finding } from './findings.ts';
import type { SeenMessage, SeenRun } from './observed.ts';

/**
 * What is no finding, although a world without a villain would not have it, and the largest share
 * of all messages it may be: beyond that, what is excused one by one is a fault all the same.
 */
const LARGEST_SHARE = {
  /** Ten minutes of chaos have shown a handful in 2,400 messages. */
  'e-mail never arrived': 0.01,
  'push never arrived': 0.01,
  /** A frozen provider leaves the pushes of its ten seconds without an answer. */
  'end unknown': 0.05,
  'brief patience over': 0.05,
  'bounce before acceptance': 0.01,
} as const;
export type Excuse = keyof typeof LARGEST_SHARE;

/**
 * A run of a minute has so few messages that a share alone would forbid the second one. So many may be
 * under way when a provider is struck, each time; in ten minutes that is no more than the share.
 */
const UNDER_WAY = 3;

/** Patience below this, in ms of the world's time, may pass while nobody is there to call. */
const BRIEF_MS = 40_000;
/** Between the run's rounded time and the world's, in ms. */
const ROUNDING_MS = 1_000;

/** How often each was found; all of them are named, so that a report says what was looked for. */
export type ExcuseCounts = Record<Excuse, number>;

export function noExcuses(): ExcuseCounts {
  return {
    'e-mail never arrived': 0,
    'push never arrived': 0,
    'end unknown': 0,
    'brief patience over': 0,
    'bounce before acceptance': 0,
  };
}

/**
 * Findings for what was excused more often than `messages` in the ledger, and the provider struck so
 * many times (`strikes`), can explain.
 */
export function judgeExcuses(
  counts: ExcuseCounts,
  { messages, strikes }: { messages: number; strikes: number },
): Finding[] {
  return Object.entries(counts).flatMap(([excuse, count]): Finding[] => {
    const share = shareOf(excuse);
    const most = Math.max(UNDER_WAY * Math.max(1, strikes), Math.floor(messages * share));
    if (count <= most) return [];
    const detail = `"${excuse}" ${String(count)} times in ${String(messages)} messages; at most ${String(most)} can be the villain's work`;
    return [{ kind: 'excused too often', customer: null, story: null, detail }];
  });
}

function shareOf(excuse: string): number {
  return new Map<string, number>(Object.entries(LARGEST_SHARE)).get(excuse) ?? 0;
}

/** One message beside all that is known of it. */
export interface Evidence {
  due: DueMessage;
  message: SeenMessage;
  /** How often its provider took it. */
  arrived: number;
  /** Epoch ms before which its patience cannot have been over, as seen from outside. */
  deadline: number;
}

/** Why a message may end otherwise than its address' answers say; null when nothing excuses it. */
export function excuseFor(evidence: Evidence, disturbances: Disturbances): Excuse | null {
  const { due, message, arrived } = evidence;
  if (message.status === 'unknown' && arrived <= 1) {
    if (due.channel === 'push') return excuseForPush(evidence, disturbances);
    if (due.channel === 'email' && arrived === 0) return excuseForMail(evidence, disturbances);
    return null;
  }
  const isUnsent = message.status === 'suppressed' || message.status === 'failed';
  if (!isUnsent || arrived > 0 || due.patienceMs >= BRIEF_MS) return null;
  return isLate(evidence, disturbances) ? 'brief patience over' : null;
}

/**
 * FCM can tell neither by a list nor by a receipt whether it took a call that was cut off. But the
 * phone tells of what it got, unless it stays silent: then nobody ever says so.
 */
function excuseForPush(
  { due, message, arrived }: Evidence,
  disturbances: Disturbances,
): Excuse | null {
  const calledAt = lastCall(message);
  if (calledAt === null || !disturbances.mayCutOff(calledAt, endOf(message))) return null;
  if (arrived === 1) return due.fate === 'silent' ? 'end unknown' : null;
  return isTaken(due) ? 'push never arrived' : 'end unknown';
}

/**
 * An e-mail's call that was cut off is made again after a silence in which Kairos was there to
 * listen. So one that stands as `unknown` must have been called, cut off by a deed, given up no
 * earlier than its patience says, and never have had that silence in between.
 */
function excuseForMail(
  { due, message, deadline }: Evidence,
  disturbances: Disturbances,
): Excuse | null {
  const calledAt = lastCall(message);
  if (calledAt === null || !disturbances.mayCutOff(calledAt, endOf(message))) return null;
  if (endOf(message) < deadline || disturbances.hadTimeToTell(calledAt, deadline)) return null;
  return isTaken(due) ? 'e-mail never arrived' : 'end unknown';
}

/** Its time was over, or the provider refused it for now and another try came too late. */
function isLate({ message, deadline, due }: Evidence, disturbances: Disturbances): boolean {
  const endedAt = endOf(message);
  const wasRefused = message.history.some(({ status }) => status === 'deferred');
  const from = Math.min(endedAt, deadline - due.patienceMs);
  return (endedAt >= deadline || wasRefused) && disturbances.mayCutOff(from, endedAt);
}

/**
 * Epoch ms before which a message's patience cannot have been over. Its turn came when the step
 * before was left, or the channel before it was given up: at the earliest after that one's
 * patience, if its provider had taken it or may have. `of` are the messages of its run.
 */
export function earliestDeadline(
  run: SeenRun,
  due: DueMessage,
  of: readonly { due: DueMessage; message: SeenMessage }[],
): number {
  const [step = '', hop = '', index = ''] = due.place.split('/');
  const before = run.path[Number(hop) - 2];
  let turn = before?.at ?? run.enteredAt;
  for (let earlier = 0; earlier < Number(index); earlier += 1) {
    const place = `${step}/${hop}/${String(earlier)}`;
    const channel = of.find((one) => one.due.place === place);
    const isAwaited = channel?.message.status === 'sent' || channel?.message.status === 'unknown';
    if (isAwaited) turn += channel.due.patienceMs;
  }
  return turn + due.patienceMs - ROUNDING_MS;
}

const TAKEN: readonly Fate[] = ['deliver', 'open', 'silent', 'slow', 'lostReply'];

/** The provider would have taken it: that it never arrived is a loss to somebody. */
export function isTaken({ fate, channel, passes }: DueMessage): boolean {
  return passes || TAKEN.includes(fate) || (fate === 'bounce' && channel !== 'push');
}

/** Epoch ms of the last call to a provider; null when none was made. */
function lastCall({ history }: SeenMessage): number | null {
  return history.findLast(({ status }) => status === 'sending')?.at ?? null;
}

function endOf({ history }: SeenMessage): number {
  return history.at(-1)?.at ?? -Infinity;
}
