import { RECEIPT_EVENTS } from '#domain/message/receipts.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { EventStore } from '#events/event-store.ts';
import type { RunStore } from '#journeys/run-store.ts';
import type { Clock } from '#platform/clock.ts';
import { Fenced, type Session } from '#platform/transaction.ts';
import type { ProfileStore } from '#profiles/profile-store.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

type Transact = <T>(work: (session: Session) => Promise<T>) => Promise<T>;

/** What one try of a transaction wrote; it counts once it is committed. */
interface Tally {
  applied: number;
  entered: string[];
}

/** The parts of the event path that change something. */
interface EventPath {
  events: EventStore;
  profiles: ProfileStore;
  runs: RunStore;
  transact: Transact;
}

/**
 * The same parts, with what they do counted: around them and not in them, so that the event path
 * reads as it is and what is rolled back is not counted.
 */
export function measureEventPath(path: EventPath, metrics: WorkerMetrics): EventPath {
  const tallies = new WeakMap<Session, Tally>();
  // Alerts ask for shares: they are right from the first transaction on.
  for (const outcome of ['committed', 'fenced', 'failed']) metrics.transactions.inc({ outcome }, 0);
  return {
    events: {
      ...path.events,
      async markApplied(applied, session) {
        await path.events.markApplied(applied, session);
        const tally = tallies.get(session);
        if (tally === undefined) return;
        tally.applied += applied.toTell.length + applied.settled.length;
      },
      async setAside(id, fault) {
        await path.events.setAside(id, fault);
        metrics.setAside.inc();
      },
    },
    profiles: {
      ...path.profiles,
      async putOff(id, fault) {
        await path.profiles.putOff(id, fault);
        metrics.putOff.inc();
      },
    },
    runs: measureRuns(path.runs, tallies, metrics),
    transact: measureTransactions(path.transact, tallies, metrics),
  };
}

function measureTransactions(
  transact: Transact,
  tallies: WeakMap<Session, Tally>,
  metrics: WorkerMetrics,
): Transact {
  return async (work) => {
    const startedAt = performance.now();
    let tries = 0;
    let tally: Tally = { applied: 0, entered: [] };
    try {
      const result = await transact((session) => {
        tries += 1;
        tally = { applied: 0, entered: [] };
        tallies.set(session, tally);
        return work(session);
      });
      metrics.transactions.inc({ outcome: 'committed' });
      if (tally.applied > 0) {
        metrics.batchEvents.observe(tally.applied);
        metrics.batchSeconds.observe((performance.now() - startedAt) / 1_000);
      }
      for (const key of tally.entered) {
        metrics.runsStarted.inc({ journey: metrics.journeyLabel(key) });
      }
      return result;
    } catch (error) {
      metrics.transactions.inc({ outcome: error instanceof Fenced ? 'fenced' : 'failed' });
      throw error;
    } finally {
      if (tries > 1) metrics.retries.inc(tries - 1);
    }
  };
}

function measureRuns(
  runs: RunStore,
  tallies: WeakMap<Session, Tally>,
  metrics: WorkerMetrics,
): RunStore {
  const ended = (key: string, status: string, outcome: string | null): void => {
    const journey = metrics.journeyLabel(key);
    if (status === 'failed') metrics.runsFailed.inc();
    metrics.runsEnded.inc({ journey, status, outcome: metrics.outcomeLabel(outcome ?? 'none') });
  };
  return {
    ...runs,
    async insert(fresh, session) {
      await runs.insert(fresh, session);
      tallies.get(session)?.entered.push(...fresh.map(({ journey }) => journey));
    },
    async save(id, change) {
      const saved = await runs.save(id, change);
      const { effect } = change.transition;
      if (saved && effect.do === 'end') ended(change.journey, effect.status, effect.outcome);
      return saved;
    },
    async endLost(id, end) {
      const run = await runs.find(id);
      const isEnded = await runs.endLost(id, end);
      if (isEnded && run !== null) ended(run.journey, 'failed', end.outcome);
      return isEnded;
    },
  };
}

/** Counts events whose runs were told, how long that took, and the receipts among them. */
export function countRouted(
  metrics: WorkerMetrics,
  clock: Clock,
): (events: readonly StoredEvent[]) => void {
  return (events) => {
    const now = clock();
    metrics.routed.inc(events.length);
    for (const { receivedAt, name, properties } of events) {
      metrics.lag.observe(Math.max(0, now - receivedAt) / 1_000);
      const meaning = RECEIPT_EVENTS[name];
      if (meaning !== undefined) {
        const status = properties.machine === true ? 'machine' : meaning.status;
        metrics.receipts.inc({ channel: meaning.channel, status });
      }
    }
  };
}
