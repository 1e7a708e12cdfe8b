import type { MessageStatus } from '#domain/message/message.ts';
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
      const { channel, _id } = claim.message;
      remember(_id, { channel, provider: claim.provider });
      metrics.gate.inc({ channel, decision: 'send', reason: 'none' });
      return true;
    },
    async endCall(end) {
      await ledger.endCall(end);
      ended(end.messageId, end.status);
    },
    async settleUnknown(messageId, attempt, at) {
      const isSettled = await ledger.settleUnknown(messageId, attempt, at);
      if (isSettled) ended(messageId, 'unknown');
      return isSettled;
    },
    async suppress(message, seen, reason, at) {
      const isNoted = await ledger.suppress(message, seen, reason, at);
      if (!isNoted) return false;
      const { channel } = message;
      // Templates give reasons of their own (`aborted: …`): one label for all of them.
      const [label = 'other'] = reason.split(':');
      metrics.gate.inc({ channel, decision: 'suppress', reason: label });
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
