import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { journey, ShopCustomer } from './support/shop-customer.ts';
import { pathOf } from './support/views.ts';
import { bodyOf, webhookDesk } from './support/webhook-desk.ts';
import { WebhookSink } from './support/webhook-sink.ts';
import { WholeKairos } from './support/whole-kairos.ts';

interface TaskView {
  id: string;
  status: string;
  note: string | null;
  assignee: string | null;
  outcome: string | null;
  remark: string | null;
}

let kairos: WholeKairos;
let sink: WebhookSink;
beforeAll(async () => {
  [kairos, sink] = await Promise.all([WholeKairos.start('journey-tasks'), WebhookSink.start()]);
}, 120_000);
afterAll(async () => {
  await Promise.all([kairos.stop(), sink.close()]);
});

const { listen, posts } = webhookDesk(
  () => kairos,
  () => sink,
);

const ends = {
  ...{ good: { end: 'good' }, bad: { end: 'bad' }, late: { end: 'late' } },
  quiet: { end: 'quiet' },
};
const ring = { title: 'Ring', due: 'PT4H', outcomes: ['reached', 'refused'] };
const ways = { reached: 'good', refused: 'bad', timeout: 'late' };

/** A journey that has somebody ring first; its queue is named as it is. */
function ringing(
  key: string,
  task: Record<string, unknown> = {},
  frame: Record<string, unknown> = {},
): ReturnType<typeof journey> {
  const said = { kind: 'call', queue: key, ...ring, ...task };
  const next = said.kind === 'call' ? { ...ways, suppressed: 'quiet' } : ways;
  const steps = { ring: { task: said, next }, ...ends };
  const { quiet, ...others } = steps;
  return journey(key, said.kind === 'call' ? { ...others, quiet } : others, frame);
}

/** Somebody who agreed to be called. */
function agreed(): Promise<ShopCustomer> {
  const context = { consent: { categoryPreferences: { call: true } } };
  return ShopCustomer.join(kairos, { has: ['email', 'sms'], context });
}

async function tasks(queue: string, status = 'open'): Promise<TaskView[]> {
  const query = `/v1/tasks?status=${status}&queue=${queue}`;
  return (await kairos.call<{ data: TaskView[] }>('GET', query)).data;
}

async function ofCustomer({ identity }: ShopCustomer): Promise<string[]> {
  const query = `/v1/tasks?profile=${identity}`;
  return (await kairos.call<{ data: TaskView[] }>('GET', query)).data.map(({ id }) => id);
}

const opened = (queue: string): Promise<TaskView> =>
  kairos.until(`a task of ${queue}`, async () => (await tasks(queue))[0] ?? null);

const complete = (id: string, outcome: string, note?: string): Promise<TaskView> =>
  kairos.call<TaskView>('POST', `/v1/tasks/${id}/complete`, { outcome, ...(note && { note }) });

async function path(customer: ShopCustomer, key: string): Promise<string> {
  return pathOf(await kairos.endedRun(key, customer.identity));
}

describe('A task of a journey', () => {
  it('is read, taken and done by the shop’s people, and its run goes on by how it went', async () => {
    await listen('/crm', [{ event: 'Task Created' }, { event: 'Task Completed' }]);
    const note = 'Bought {{ entry.properties.name }}';
    await kairos.publish(ringing('ring', { note }));
    const customer = await agreed();
    await customer.does('Entered ring', { name: 'Red shoes' });
    const task = await opened('ring');
    expect(task).toMatchObject({ status: 'open', note: 'Bought Red shoes', assignee: null });
    const [told] = (await posts('/crm', 1)).map(bodyOf);
    expect(told).toMatchObject({
      type: 'Task Created',
      data: { event: { properties: { task_id: task.id, title: 'Ring' } } },
    });
    expect(JSON.stringify(told)).not.toContain('Red shoes');

    const claim = (by: string): Promise<TaskView> =>
      kairos.call<TaskView>('POST', `/v1/tasks/${task.id}/claim`, { by });
    expect(await claim('ann')).toMatchObject({ assignee: 'ann' });
    expect(await claim('ann')).toMatchObject({ assignee: 'ann' });
    await expect(claim('bob')).rejects.toThrow('409');

    await expect(complete(task.id, 'reachd')).rejects.toThrow(/422.*Did you mean/);
    expect(await complete(task.id, 'reached', 'Rings back')).toMatchObject({
      ...{ status: 'completed', outcome: 'reached', remark: 'Rings back' },
    });
    expect(await complete(task.id, 'reached', 'Rings back')).toMatchObject({ status: 'completed' });
    await expect(complete(task.id, 'refused')).rejects.toThrow(/409.*completed already/);
    await expect(complete(task.id, 'reached', 'Other words')).rejects.toThrow('409');
    expect(await path(customer, 'ring')).toBe('ring:reached -> good:good');
    const types = (await posts('/crm', 2)).map((post) => bodyOf(post).type);
    expect(types).toEqual(['Task Created', 'Task Completed']);
    expect(await tasks('ring')).toEqual([]);
    // Also once its run has ended: the answer may have been lost until now.
    expect(await complete(task.id, 'reached', 'Rings back')).toMatchObject({ outcome: 'reached' });
    await expect(complete(task.id, 'refused')).rejects.toThrow('409');
    expect((await customer.runs('ring')).map(({ path: { length } }) => length)).toEqual([2]);
  });

  it('is whose the journey says, until it is given back', async () => {
    await kairos.publish(ringing('given', { kind: 'sales', assignee: 'ann' }));
    await (await ShopCustomer.join(kairos)).does('Entered given');
    const { id } = await opened('given');
    const say = (what: string, by: string): Promise<TaskView> =>
      kairos.call<TaskView>('POST', `/v1/tasks/${id}/${what}`, { by });
    await expect(say('claim', 'bob')).rejects.toThrow('409');
    await expect(say('release', 'bob')).rejects.toThrow('409');
    expect(await say('claim', 'ann')).toMatchObject({ assignee: 'ann' });
    expect(await say('release', 'ann')).toMatchObject({ status: 'open', assignee: null });
    expect(await say('release', 'ann')).toMatchObject({ status: 'open', assignee: null });
    expect(await say('claim', 'bob')).toMatchObject({ assignee: 'bob' });
    await expect(say('claim', 'ann')).rejects.toThrow('409');
    await complete(id, 'reached');
    await expect(say('release', 'bob')).rejects.toThrow(/409.*completed/);
  });

  it('is done or out of time, one of the two, when both come at once', async () => {
    await kairos.publish(ringing('racing', { kind: 'sales', due: 'PT6S' }));
    const racers = await Promise.all(Array.from({ length: 8 }, () => ShopCustomer.join(kairos)));
    await Promise.all(racers.map((racer) => racer.does('Entered racing')));
    const { tasks: stored } = kairos.mongo.collections;
    const open = await kairos.until('eight tasks', async () => {
      const found = await tasks('racing');
      return found.length === racers.length ? found : null;
    });
    const saying = open.map(async ({ id }, index) => {
      // Around the moment in which each is due, a little earlier or later.
      const dueAt = (await stored.findOne({ _id: id }))?.dueAt ?? 0;
      await kairos.until('its time', () =>
        Promise.resolve(Date.now() >= dueAt + (index - 3) * 60 ? true : null),
      );
      return complete(id, 'reached').then(
        () => 'good',
        (error: unknown) => (String(error).includes('409') ? 'late' : String(error)),
      );
    });
    const said = await Promise.all(saying);
    for (const racer of racers) {
      const run = await kairos.endedRun('racing', racer.identity);
      const at = open.findIndex(({ id }) => id.startsWith(`${run.id}.`));
      expect(run.path.at(-1)?.step).toBe(said[at]);
    }
  });

  it('is over when nobody did it in time', async () => {
    await kairos.publish(ringing('late', { kind: 'sales', due: 'PT2S' }));
    const customer = await ShopCustomer.join(kairos);
    await customer.does('Entered late');
    const task = await opened('late');
    expect(await path(customer, 'late')).toBe('ring:timeout -> late:late');
    await expect(complete(task.id, 'reached')).rejects.toThrow(/409.*expired/);
  });

  it('is not made for those who did not agree to be called, or have no number', async () => {
    await kairos.publish(ringing('unasked'));
    const silent = await ShopCustomer.join(kairos, { has: ['email', 'sms'] });
    const context = { consent: { categoryPreferences: { call: true } } };
    const numberless = await ShopCustomer.join(kairos, { context });
    for (const [customer, reason] of [
      [silent, 'noConsent'],
      [numberless, 'noAddress'],
    ] as const) {
      await customer.does('Entered unasked');
      const run = await kairos.endedRun('unasked', customer.identity);
      expect(run.path[0]).toMatchObject({ outcome: 'suppressed', reason });
    }
    expect(await tasks('unasked')).toEqual([]);
  });

  it('is taken back when its run leaves, and when its journey is stopped', async () => {
    const exits = [{ event: 'Order Completed' }];
    await kairos.publish(ringing('left', {}, { exits }));
    const [buyer, other] = [await agreed(), await agreed()];
    await buyer.does('Entered left');
    const task = await opened('left');
    await buyer.does('Order Completed', { order_id: 'o-1' });
    expect(await kairos.endedRun('left', buyer.identity)).toMatchObject({ status: 'exited' });
    expect(await tasks('left', 'withdrawn')).toMatchObject([{ id: task.id }]);
    await expect(complete(task.id, 'reached')).rejects.toThrow(/409.*withdrawn/);
    await other.does('Entered left');
    await opened('left');
    await kairos.call('POST', '/v1/journeys/left/stop');
    await kairos.until('both withdrawn', async () =>
      (await tasks('left', 'withdrawn')).length === 2 ? true : null,
    );
  });

  it('is its customer’s: it follows them into a merge, out of it, and is erased with them', async () => {
    for (const key of ['before', 'since']) await kairos.publish(ringing(key, { kind: 'sales' }));
    const [ann, bea] = [await ShopCustomer.join(kairos), await ShopCustomer.join(kairos)];
    await bea.does('Entered before');
    const before = await opened('before');
    const pair = { keep: ann.identity, merge: bea.identity };
    const merge = await kairos.call<{ id: string }>('POST', '/v1/merges', pair);
    expect(await ofCustomer(ann)).toEqual([before.id]);
    await bea.does('Entered since');
    const since = await opened('since');
    const both = [before.id, since.id];
    expect(await ofCustomer(ann)).toEqual(both);
    await kairos.call('POST', `/v1/merges/${merge.id}/undo`);
    expect([await ofCustomer(ann), await ofCustomer(bea)]).toEqual([[], both]);
    // One that was made by an old word of whose run it is.
    const { tasks: stored } = kairos.mongo.collections;
    await stored.updateOne({ _id: since.id }, { $set: { profileId: 'of-before' } });
    const asked = `/v1/profiles/${bea.identity}/erase`;
    const { id } = await kairos.call<{ id: string }>('POST', asked);
    await kairos.until('the erasure', async () => {
      const erasure = await kairos.call<{ status: string }>('GET', `/v1/erasures/${id}`);
      return erasure.status === 'completed' ? true : null;
    });
    expect(await stored.countDocuments({ _id: { $in: both } })).toBe(0);
  });

  it('wakes its run though the worker was away when it was done', async () => {
    await kairos.publish(ringing('away'));
    const customer = await agreed();
    await customer.does('Entered away');
    const task = await opened('away');
    await customer.standsAt('away', 'ring');
    await kairos.kill('worker');
    await complete(task.id, 'refused');
    kairos.run('worker');
    expect(await path(customer, 'away')).toBe('ring:refused -> bad:bad');
  }, 120_000);
});
