import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import { UNCUT } from '#worker/start-worker.ts';
import { makeNamespace } from './support/make-namespace.ts';

const TIMEOUT_MS = 90_000;
const DAY_S = 86_400;
const QUEUE = 'standing';

describe('a worker that stands still in the middle of a workflow task', () => {
  const namespace = `uncut-${randomUUID()}`;
  const address = process.env.KAIROS_TEST_TEMPORAL_ADDRESS ?? '';
  let native: NativeConnection;
  let connection: Connection;
  let client: Client;
  let worker: Worker;

  beforeAll(async () => {
    // The SDK warns of every task that takes so long; these are meant to.
    const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
    const logger = new DefaultLogger('ERROR');
    Runtime.install({ logger, telemetryOptions: { logging: { filter } } });
    connection = await Connection.connect({ address });
    await makeNamespace(connection, namespace);
    client = new Client({ connection, namespace });
    native = await NativeConnection.connect({ address });
    const workflowsPath = fileURLToPath(new URL('support/standing-workflows.ts', import.meta.url));
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath,
      logger: new DefaultLogger('ERROR'),
    });
    const options = { connection: native, namespace, taskQueue: QUEUE, workflowBundle };
    worker = await Worker.create({ ...options, ...UNCUT });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await connection.close();
    await native.close();
  });

  /** Begins one and waits until its first task is done. */
  async function begin(type: string): Promise<string> {
    const workflowId = `${type}-${randomUUID()}`;
    await client.workflow.start(type, { taskQueue: QUEUE, workflowId });
    await tasksDone(workflowId, 1);
    return workflowId;
  }

  async function events(workflowId: string) {
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    return history.events ?? [];
  }

  async function tasksDone(workflowId: string, count: number): Promise<void> {
    for (;;) {
      const all = await events(workflowId);
      const done = all.filter((event) => event.workflowTaskCompletedEventAttributes != null);
      if (done.length >= count) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Seconds of each timer that it began. */
  async function timers(workflowId: string): Promise<number[]> {
    return (await events(workflowId)).flatMap(({ timerStartedEventAttributes: timer }) =>
      timer == null ? [] : [Number(timer.startToFireTimeout?.seconds)],
    );
  }

  it(
    'goes on with that run, and does nothing of it in the name of another',
    async () => {
      await worker.runUntil(async () => {
        const [stands, stranger] = [await begin('standsStill'), await begin('bystander')];
        const handles = [stands, stranger].map((id) => client.workflow.getHandle(id));
        try {
          for (const handle of handles) await handle.signal('go');
          await tasksDone(stranger, 2);
          expect(await timers(stranger)).toEqual([DAY_S]);
          await tasksDone(stands, 2);
          expect(await timers(stands)).toEqual([30 * DAY_S]);
        } finally {
          for (const handle of handles) await handle.terminate();
        }
      });
    },
    TIMEOUT_MS,
  );
});
