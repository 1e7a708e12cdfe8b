import type { MessageStatus } from '#domain/message/message.ts';
import type { Claim } from '#messages/ledger-entry.ts';
import type { Ledger } from '#messages/ledger-store.ts';
import type { Withdrawn } from '#messages/withdraw-messages.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

/** Messages whose call is under way in this process, by far: a call takes ten seconds at most. */
const CALLS_MAX = 10_000;

/** What the ends of calls do not say of their message again. */
type Way = { channel: string; provider: string };

/** The ledger of messages with the gate's answers and the ends of sends counted. */
export function measureLedger(ledger: Ledger, metrics: WorkerMetrics): Ledger {
  const ways = new Map<string, Way>();
  const remember = (id: string, way: Way): void => {
    ways.set(id, way);
    const [oldest] = ways.keys();
    if (ways.size > CALLS_MAX && oldest !== undefined) ways.delete(oldest);
  };
  const ended = (id: string, status: MessageStatus): void => {
    const way = ways.get(id) ?? { channel: 'other', provider: 'other' };
    ways.delete(id);
    metrics.messages.inc({ ...way, status });
  };
  const claimed = ({ message: { _id, channel }, provider }: Claim): void => {
    remember(_id, { channel, provider });
    metrics.gate.inc({ channel, decision: 'send', reason: 'none' });
  };
  return {
    ...ledger,
    async find(messageId) {
      const message = await ledger.find(messageId);
      if (message?.status === 'sending') {
        const { channel, provider } = message;
        remember(messageId, { channel, provider: provider ?? 'none' });
      }
      return message;
    },
    async claim(claim) {
      const isMine = await ledger.claim(claim);
      if (!isMine) return false;
      claimed(claim);
      return true;
    },
    async reserve(ask) {
      const answer = await ledger.reserve(ask);
      const { claim } = ask;
      if (!('claimed' in answer) || !answer.claimed || claim === null) return answer;
      claimed(claim);
      return answer;
    },
    async endCall(end) {
      const written = await ledger.endCall(end);
      ended(end.messageId, written ?? end.status);
      return written;
    },
    async settleUnknown(messageId, attempt, at) {
      const isSettled = await ledger.settleUnknown(messageId, attempt, at);
      if (isSettled) ended(messageId, 'unknown');
      return isSettled;
    },
    async keepBack(message, seen, why, at) {
      const isNoted = await ledger.keepBack(message, seen, why, at);
      if (!isNoted) return false;
      const { channel } = message;
      const { reason, until } = why;
      // Templates give reasons of their own (`aborted: …`): one label for all of them.
      const [label = 'other'] = reason.split(':');
      const decision = until === undefined ? 'suppress' : 'hold';
      metrics.gate.inc({ channel, decision, reason: label });
      if (until !== undefined) return true;
      metrics.messages.inc({ channel, provider: 'none', status: 'suppressed' });
      return true;
    },
  };
}

/** Counts messages that were withdrawn: what is written past the ledger. */
export function countWithdrawn(metrics: WorkerMetrics): (withdrawn: readonly Withdrawn[]) => void {
  return (withdrawn) => {
    for (const { channel, provider, status } of withdrawn) {
      metrics.messages.inc({ channel, provider: provider ?? 'none', status });
    }
  };
}
