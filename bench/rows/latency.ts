import { randomUUID } from 'node:crypto';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Ground } from '../ground.ts';
import { expectMails } from '../inbox.ts';
import { GO_SIGNAL, LIMITS_QUEUE, SIGNALLED } from '../limits/contract.ts';
import type { LimitsProcess } from '../limits/limits-process.ts';
import { anotherOf, emailOf, range, storedPattern } from '../load.ts';
import { awaitEnded, cartLeft, prepareOneMessage } from '../one-message-journey.ts';
import { expectCount, warmedUp, type Figures, type Row, type Side } from '../row.ts';
import { percentile } from '../statistics.ts';

const SAMPLES = { full: 60, quick: 20, smoke: 4 };
/** Five a second: low load, and what the peers' figures were measured at. */
const EVERY_MS = 200;
const WARM_UP = 20;
const WITHIN_MS = 120_000;

const p50 = { figure: 'p50Ms', unit: 'ms' } as const;
const p95 = { figure: 'p95Ms', unit: 'ms' } as const;
const SIGNALLED_LABEL = 'signalWithStart → activity';

export const latency: Row = {
  name: 'latency',
  title: 'From the event sent to the mail at the provider, five events a second',
  lines: [
    {
      what: 'event → mail, p50',
      side: 'kairos',
      ...p50,
      against: { side: 'signalled', label: SIGNALLED_LABEL, better: 'less' },
    },
    {
      what: 'event → mail, p95',
      side: 'kairos',
      ...p95,
      against: { side: 'signalled', label: SIGNALLED_LABEL, better: 'less' },
    },
    { what: 'of it until accepted, p50', side: 'kairos', figure: 'acceptedP50Ms', unit: 'ms' },
    { what: 'one durable insert alone, p50', side: 'insert', ...p50 },
    { what: 'one durable insert alone, p95', side: 'insert', ...p95 },
  ],
  async prepare(ground) {
    const count = ground.scale(SAMPLES);
    const limits = await prepareOneMessage(ground, count);
    const pattern = await storedPattern(ground.kairos);
    const sidesOf = (samples: number): Record<string, Side> => ({
      kairos: kairosSide(ground, samples),
      signalled: signalledSide(ground, limits, samples),
      insert: insertSide(ground, pattern, samples),
    });
    return warmedUp(sidesOf, count, WARM_UP);
  },
};

/** All instants are epoch ms of one machine's clock, as the sandbox notes them. */
function kairosSide(ground: Ground, count: number): Side {
  const { kairos } = ground;
  return async () => {
    const since = Date.now();
    const acceptedMs: number[] = [];
    const sentAt = await paced(count, async (number) => {
      const { type: _, ...call } = cartLeft(number);
      const at = Date.now();
      await kairos.track('track', call);
      acceptedMs.push(Date.now() - at);
    });
    await awaitEnded(kairos, { since, count, withinMs: WITHIN_MS });
    const mails = await expectMails(kairos, since, count);
    const tookMs = mails.flatMap(({ to, at }) => {
      const number = range(0, count).find((one) => emailOf(one) === to);
      return number === undefined ? [] : [at - (sentAt[number] ?? NaN)];
    });
    expectCount('samples', tookMs.length, count);
    return { ...figuresOf(tookMs), acceptedP50Ms: percentile(acceptedMs, 50) };
  };
}

function signalledSide(ground: Ground, limits: LimitsProcess, count: number): Side {
  const { workflow } = ground.kairos.temporal;
  return async () => {
    const ids = range(0, count).map(() => randomUUID());
    const sentAt = await paced(count, async (number) => {
      const id = ids[number] ?? '';
      await workflow.signalWithStart(SIGNALLED, {
        workflowId: id,
        taskQueue: LIMITS_QUEUE,
        args: [id],
        signal: GO_SIGNAL,
      });
    });
    const reached = await Promise.all(ids.map((id) => limits.invokedAt(id, WITHIN_MS)));
    return figuresOf(reached.map((at, number) => at - (sentAt[number] ?? NaN)));
  };
}

function insertSide(ground: Ground, pattern: StoredEvent, count: number): Side {
  const events = ground.kairos.mongo.db.collection<StoredEvent>('benchEvents');
  return async () => {
    const tookMs: number[] = [];
    await paced(count, async (number) => {
      const at = performance.now();
      await events.insertOne(anotherOf(pattern, number, randomUUID()));
      tookMs.push(performance.now() - at);
    });
    return figuresOf(tookMs);
  };
}

function figuresOf(tookMs: readonly number[]): Figures {
  return { p50Ms: percentile(tookMs, 50), p95Ms: percentile(tookMs, 95) };
}

/** Begins one piece of work every EVERY_MS, whether or not the last is done; answers when each began. */
async function paced(count: number, work: (number: number) => Promise<void>): Promise<number[]> {
  const begunAt: number[] = [];
  const working: Promise<void>[] = [];
  const from = performance.now();
  for (const number of range(0, count)) {
    const early = from + number * EVERY_MS - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    begunAt.push(Date.now());
    working.push(work(number));
  }
  await Promise.all(working);
  return begunAt;
}
