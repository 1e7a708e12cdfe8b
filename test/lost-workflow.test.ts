import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pathOf } from '#test/support/views.ts';
import { WholeKairos } from '#test/support/whole-kairos.ts';
import {
  campaignWorkflowId,
  CONTROL_SIGNAL,
  JOURNEY_QUEUE,
  OWN_PARTITIONS,
  SYSTEM_QUEUE,
} from '#workflows/contract.ts';
import { campaignDesk } from './support/campaign-desk.ts';
import { campaignTemplate, gatherReaders } from './support/campaign-readers.ts';
import { segmentDesk } from './support/segment-desk.ts';

const TIMEOUT_MS = 150_000;

const LISTENER = {
  key: 'listener',
  name: 'Listener',
  entry: { event: 'Product Added', key: 'properties.cart_id' },
  exits: [{ event: 'Order Completed' }],
  start: 'look',
  steps: {
    look: {
      waitFor: { event: 'Cart Viewed', timeout: 'P30D' },
      next: { received: 'thank', timeout: 'leave' },
    },
    thank: { send: { template: 'cart-reminder', channel: 'email' }, next: 'leave' },
    leave: { end: 'left' },
  },
};

describe('a run whose workflow was lost', () => {
  let kairos: WholeKairos;
  beforeAll(async () => {
    kairos = await WholeKairos.start('lost-workflow');
    await kairos.putLibraryTemplates('cart-reminder');
    await kairos.publish(LISTENER);
  }, TIMEOUT_MS);
  afterAll(() => kairos.stop(), TIMEOUT_MS);

  it(
    'hears of the exit whose signal was lost with it',
    async () => {
      await kairos.track('track', {
        userId: 'ann',
        event: 'Product Added',
        properties: { cart_id: 'c' },
      });
      const run = await kairos.until('a run that listens', async () => {
        const [found] = await kairos.mongo.collections.runs.find({ journey: 'listener' }).toArray();
        return found?.latest == null ? null : found;
      });
      await kairos.kill('worker');
      await kairos.temporal.workflow.getHandle(run._id).terminate('lost');
      // As a router leaves it that told Temporal and wrote that down just before all was lost.
      await kairos.mongo.collections.events.insertOne({
        _id: 'told-and-lost',
        profileId: run.profileId,
        partition: run.partition,
        kind: 'track',
        name: 'Order Completed',
        occurredAt: Date.now(),
        receivedAt: Date.now(),
        place: 0,
        source: 'server',
        properties: { order_id: '1' },
        state: 'routed',
      });
      await kairos.mongo.collections.runs.updateMany(
        { status: 'running' },
        { $set: { unstarted: true, relisten: true } },
      );
      kairos.run('worker');
      expect(pathOf(await kairos.endedRun('listener', 'external:ann', 100_000))).toBe(
        'look:exited',
      );
      const stands = await kairos.mongo.collections.runs.findOne({ _id: run._id });
      expect(stands).not.toHaveProperty('unstarted');
      expect(stands).not.toHaveProperty('relisten');
    },
    TIMEOUT_MS,
  );

  it(
    'goes on in a new one when its history cannot be carried on',
    async () => {
      await kairos.track('track', {
        userId: 'bob',
        event: 'Product Added',
        properties: { cart_id: 'd' },
      });
      const run = await kairos.until('a run that listens', async () => {
        const [found] = await kairos.runs('journey=listener&profile=external:bob&status=running');
        return found?.temporal.runId == null ? null : found;
      });
      await kairos.kill('worker');
      await failWorkflow(kairos, run.id);
      kairos.run('worker');
      await kairos.track('track', {
        userId: 'bob',
        event: 'Order Completed',
        properties: { order_id: '2' },
      });
      const ended = await kairos.endedRun('listener', 'external:bob', 100_000);
      expect(pathOf(ended)).toBe('look:exited');
      expect(ended.temporal.runId).not.toBe(run.temporal.runId);
    },
    TIMEOUT_MS,
  );

  it(
    'is answered for though it had written nothing: ended if somebody ended it, else started anew',
    async () => {
      const { runs } = kairos.mongo.collections;
      const like = await kairos.until('a run', () =>
        runs.findOne({ journey: 'listener', revived: { $exists: false } }),
      );
      for (const id of ['ended-at-once', 'failed-at-once']) {
        const queue = `nobody-${id}`;
        const options = { workflowId: id, taskQueue: queue, args: [{ runId: id, engine: 1 }] };
        const handle = await kairos.temporal.workflow.start('listener', options);
        if (id === 'ended-at-once') await handle.terminate('by hand');
        else await failWorkflow(kairos, id, queue);
        await runs.insertOne({
          ...like,
          _id: id,
          status: 'running',
          outcome: null,
          endedAt: null,
          path: [],
          latest: null,
          unstarted: true,
          temporalRunId: null,
        });
      }
      const ended = await kairos.until('its end', () =>
        runs.findOne({ _id: 'ended-at-once', status: 'failed' }),
      );
      expect(ended.outcome).toBe('terminated');
      const goesOn = await kairos.until('a run that goes on', () =>
        runs.findOne({ _id: 'failed-at-once', latest: { $ne: null } }),
      );
      expect(goesOn.revived?.count).toBe(1);
      expect(goesOn).not.toHaveProperty('unstarted');
    },
    TIMEOUT_MS,
  );
});

describe("a workflow of Kairos' own", () => {
  let kairos: WholeKairos;
  const campaigns = campaignDesk(() => kairos);
  beforeAll(async () => {
    kairos = await WholeKairos.start('lost-system-workflow');
    await campaignTemplate(kairos, 'news', 'News');
    const segments = segmentDesk(() => kairos);
    await gatherReaders(kairos, segments, { segment: 'readers', count: 5 });
  }, TIMEOUT_MS);
  afterAll(() => kairos.stop(), TIMEOUT_MS);

  it(
    'is failed and started again where its history cannot be replayed, and a campaign goes on',
    async () => {
      await kairos.kill('worker');
      await campaigns.begin('sale', { segment: 'readers', template: 'news', channel: 'email' });
      const id = campaignWorkflowId({ campaign: 'sale' });
      await answerTask(kairos, { id, queue: SYSTEM_QUEUE }, START_TIMER);
      const { runId } = await kairos.temporal.workflow.getHandle(id).describe();
      kairos.run('worker');
      const { counts } = await campaigns.done('sale');
      expect([counts.failed, counts.suppressed]).toEqual([0, 0]);
      expect(await campaigns.mails('sale')).toHaveLength(5);
      const { status } = await kairos.temporal.workflow.getHandle(id, runId).describe();
      expect(status.name).toBe('FAILED');
    },
    TIMEOUT_MS,
  );

  it(
    'owns the partitions again where it was lost, while the same worker runs',
    async () => {
      for (const owner of [0, 1]) {
        const id = `${OWN_PARTITIONS}/${String(owner)}-of-2`;
        const { runId } = await kairos.temporal.workflow.getHandle(id).describe();
        await kairos.temporal.workflow.getHandle(id).terminate('lost');
        await kairos.until(`owner ${String(owner)} again`, async () => {
          const now = await kairos.temporal.workflow.getHandle(id).describe();
          return now.status.name === 'RUNNING' && now.runId !== runId ? true : null;
        });
      }
    },
    TIMEOUT_MS,
  );
});

type Commands = Parameters<
  WholeKairos['temporal']['connection']['workflowService']['respondWorkflowTaskCompleted']
>[0]['commands'] &
  object;

/** Temporal's numbers of commands are 3 and 5; their names are in a package we do not use otherwise. */
const START_TIMER: unknown = [
  {
    commandType: 3,
    startTimerCommandAttributes: { timerId: 'of-nobody', startToFireTimeout: { seconds: 1 } },
  },
];
const FAIL_WORKFLOW: unknown = [
  {
    commandType: 5,
    failWorkflowExecutionCommandAttributes: { failure: { message: 'cannot be replayed' } },
  },
];

/** Fails a workflow as a worker does that finds its history impossible. */
async function failWorkflow(kairos: WholeKairos, id: string, queue = JOURNEY_QUEUE): Promise<void> {
  await kairos.temporal.workflow.getHandle(id).signal(CONTROL_SIGNAL);
  await answerTask(kairos, { id, queue }, FAIL_WORKFLOW);
}

/** Answers the next task of a workflow with what its code never asked for. */
async function answerTask(
  { temporal, namespace }: WholeKairos,
  { id, queue }: { id: string; queue: string },
  commands: unknown,
): Promise<void> {
  const { workflowService } = temporal.connection;
  for (;;) {
    const task = await temporal.connection.withDeadline(Date.now() + 70_000, () =>
      workflowService.pollWorkflowTaskQueue({
        namespace,
        taskQueue: { name: queue },
        identity: 'a broken worker',
      }),
    );
    if (task.taskToken.length === 0 || task.workflowExecution?.workflowId !== id) continue;
    await workflowService.respondWorkflowTaskCompleted({
      namespace,
      taskToken: task.taskToken,
      commands: commands as Commands,
    });
    return;
  }
}
