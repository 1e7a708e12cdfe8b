import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { historyToJson } from '#cli/commands/history-json.ts';
import { tellsGoogle } from './support/tells-google.ts';
import { at, bodyOf, idOf, webhookDesk, type Endpoint } from './support/webhook-desk.ts';
import { WebhookSink } from './support/webhook-sink.ts';
import { WholeKairos } from './support/whole-kairos.ts';

let kairos: WholeKairos;
let sink: WebhookSink;
beforeAll(async () => {
  [kairos, sink] = await Promise.all([WholeKairos.start('webhooks'), WebhookSink.start()]);
}, 120_000);
afterAll(async () => {
  await Promise.all([kairos.stop(), sink.close()]);
});
beforeEach(() => {
  sink.status = 200;
});

const { listen, posts, deliveries, settled } = webhookDesk(
  () => kairos,
  () => sink,
);

describe('A webhook endpoint', () => {
  it('is told of what it listens to, signed as the specification says, by ids alone', async () => {
    const endpoint = await listen('/signed', [{ event: 'Order Completed' }]);
    const person = { userId: 'w-1' };
    await kairos.track('identify', { ...person, traits: { email: 'w-1@b.example' } });
    await kairos.track('track', { ...person, event: 'Product Added' });
    const properties = { order_id: 'o-1', revenue: 20 };
    await kairos.track('track', {
      ...person,
      event: 'Order Completed',
      messageId: 'm-1',
      properties,
    });
    const [post] = await posts('/signed', 1);
    const text = post?.rawBody.toString() ?? '';
    const headers = post?.headers as Record<string, string>;
    expect(new Webhook(endpoint.secret).verify(text, headers)).toMatchObject({
      type: 'Order Completed',
      data: { event: { id: 'm-1', properties }, profile: { external_id: 'w-1' } },
    });
    expect(() => new Webhook(endpoint.secret).verify(`${text} `, headers)).toThrow();
    expect(text).not.toContain('w-1@b.example');
    expect(sink.to('/signed')).toHaveLength(1);
    expect(await settled(endpoint, 'delivered')).toMatchObject({ id: headers['webhook-id'] });
  });

  it('hears who enters and leaves a segment, with the facts it asked for', async () => {
    const condition = { attribute: 'tier', is: 'gold' };
    await kairos.call('PUT', '/v1/segments/gold', { name: 'Gold', condition });
    const ways = [{ segment: { enters: 'gold' } }, { segment: { leaves: 'gold' } }];
    await listen('/segments', ways, { include: ['attributes', 'identities'] });
    await kairos.track('identify', { userId: 'w-2', traits: { tier: 'gold' } });
    const [entered] = (await posts('/segments', 1)).map(bodyOf);
    expect(entered).toMatchObject({
      type: 'Segment Entered',
      data: { profile: { attributes: { tier: 'gold' }, identities: ['external:w-2'] } },
    });
    expect(entered?.data.event).not.toHaveProperty('properties');
    await kairos.track('identify', { userId: 'w-2', traits: { tier: 'iron' } });
    const told = (await posts('/segments', 2)).map(bodyOf);
    expect(told.map(({ type }) => type)).toEqual(['Segment Entered', 'Segment Left']);
  });

  it('is told again, by the same id, until it takes it', async () => {
    const endpoint = await listen('/moody', [{ event: 'Moody' }]);
    sink.status = 500;
    await kairos.track('track', { userId: 'w-3', event: 'Moody' });
    await posts('/moody', 1);
    sink.status = 204;
    const [first, second] = (await posts('/moody', 2)).map(idOf);
    expect(first).toBe(second);
    const delivery = await settled(endpoint, 'delivered');
    expect(delivery.history).toMatchObject([{ status: 500 }, { status: 204 }]);
    expect(await kairos.call('GET', at(endpoint))).toMatchObject({ failingSince: null });
  });

  it('loses nothing when its worker dies in the middle of telling', async () => {
    const COUNT = 400;
    const endpoint = await listen('/crash', [{ event: 'Crash' }]);
    await kairos.call('POST', `${at(endpoint)}/pause`);
    const batch = Array.from({ length: COUNT }, (_, number) => ({
      type: 'track',
      userId: `w-4-${String(number % 7)}`,
      event: 'Crash',
      messageId: `crash-${String(number).padStart(3, '0')}`,
      properties: { number },
    }));
    await kairos.track('batch', { batch });
    await kairos.until('all of it noted', async () =>
      (await deliveries(endpoint, '&status=pending')).length === COUNT ? true : null,
    );
    expect(sink.to('/crash')).toEqual([]);
    await kairos.call('POST', `${at(endpoint)}/resume`);
    await posts('/crash', 20);
    await kairos.kill('worker');
    const before = sink.to('/crash').length;
    kairos.run('worker');
    await kairos.until(
      'everything told',
      async () =>
        (await deliveries(endpoint, '&status=delivered')).length === COUNT ? true : null,
      100_000,
    );
    const told = sink.to('/crash');
    const ids = new Set(told.map(idOf));
    expect(before).toBeLessThan(COUNT);
    expect(ids.size).toBe(COUNT);
    expect(new Set(told.map((post) => bodyOf(post).data.event.id)).size).toBe(COUNT);
    // Of one customer one is told after the other; what was under way at the kill comes twice.
    expect(told.length).toBeLessThanOrEqual(COUNT + 8);
    const order = new Map<unknown, number[]>();
    for (const { data } of told.map(bodyOf)) {
      const list = order.get(data.profile.id) ?? [];
      order.set(data.profile.id, [...list, Number(data.event.properties?.number)]);
    }
    for (const numbers of order.values()) {
      expect(numbers).toEqual([...numbers].sort((one, two) => one - two));
    }
  }, 150_000);

  it('is told again what it was told, where that is asked for', async () => {
    const endpoint = await listen('/replay', [{ event: 'Replay' }]);
    for (const number of [1, 2]) {
      await kairos.track('track', {
        userId: 'w-5',
        event: 'Replay',
        messageId: `r-${String(number)}`,
      });
    }
    const ids = (await posts('/replay', 2)).map(idOf);
    await kairos.until('both settled', async () =>
      (await deliveries(endpoint, '&status=delivered')).length === 2 ? true : null,
    );
    const replay = (ask: object): Promise<{ replayed: number }> =>
      kairos.call('POST', `${at(endpoint)}/replay`, ask);
    expect(await replay({ delivery: ids[0] })).toEqual({ replayed: 1 });
    expect((await posts('/replay', 3)).map(idOf)[2]).toBe(ids[0]);
    await kairos.until('it settled', async () =>
      (await deliveries(endpoint, '&status=pending')).length === 0 ? true : null,
    );
    expect(await replay({ failed: true })).toEqual({ replayed: 0 });
    expect(await replay({ since: '2020-01-01T00:00:00Z' })).toEqual({ replayed: 2 });
    const told = (await posts('/replay', 5)).map(idOf);
    expect(told.slice(3)).toEqual(ids);
    await expect(replay({ delivery: 'whd_unknown' })).rejects.toThrow('404');
    for (const nothing of [{}, []]) {
      await expect(replay(nothing)).rejects.toThrow('Write one of');
    }
    await expect(replay({ failed: true, since: '2020-01-01T00:00:00Z' })).rejects.toThrow('422');
  });

  it('is switched off when it says that it is gone, or took nothing for days, and comes back', async () => {
    const endpoint = await listen('/gone', [{ event: 'Gone' }]);
    const event = { userId: 'w-6', event: 'Gone' };
    const isOff = (): Promise<Endpoint> =>
      kairos.until('switched off', async () => {
        const now = await kairos.call<Endpoint>('GET', at(endpoint));
        return now.status === 'disabled' ? now : null;
      });
    sink.status = 410;
    await kairos.track('track', event);
    expect(await isOff()).toMatchObject({ disabledReason: 'gone' });
    await kairos.call('POST', `${at(endpoint)}/resume`);
    sink.status = 500;
    await kairos.track('track', event);
    await posts('/gone', 2);
    const endpoints = kairos.mongo.db.collection<{ _id: string; failingSince: number }>(
      'webhookEndpoints',
    );
    await endpoints.updateOne({ _id: endpoint.id }, { $set: { failingSince: 1 } });
    await kairos.track('track', event);
    expect(await isOff()).toMatchObject({ disabledReason: 'failing' });
    sink.status = 200;
    await kairos.call('POST', `${at(endpoint)}/resume`);
    expect(await kairos.call('POST', `${at(endpoint)}/replay`, { failed: true })).toEqual({
      replayed: 1,
    });
    await kairos.until('all of it', async () =>
      (await deliveries(endpoint, '&status=delivered')).length === 3 ? true : null,
    );
  });

  it('is not told of somebody who was erased before it could be', async () => {
    const endpoint = await listen('/erased', [{ event: 'Erased' }]);
    await kairos.call('POST', `${at(endpoint)}/pause`);
    await kairos.track('track', { userId: 'w-7', event: 'Erased' });
    await settled(endpoint, 'pending');
    const { id } = await kairos.call<{ id: string }>('GET', '/v1/profiles/external:w-7');
    await kairos.mongo.collections.profiles.updateOne({ _id: id }, { $set: { erasedAt: 1 } });
    await kairos.call('POST', `${at(endpoint)}/resume`);
    expect(await settled(endpoint, 'failed')).toMatchObject({ reason: 'erased' });
    expect(sink.to('/erased')).toEqual([]);
  });

  it('can be tested, and signs with both secrets while they are changed', async () => {
    const endpoint = await listen('/test', [{ event: 'Never' }]);
    const rotated = await kairos.call<Endpoint>('POST', `${at(endpoint)}/rotate-secret`);
    expect(rotated.secret).not.toBe(endpoint.secret);
    await kairos.call('POST', `${at(endpoint)}/test`);
    const [post] = await posts('/test', 1);
    for (const secret of [endpoint.secret, rotated.secret]) {
      const headers = post?.headers as Record<string, string>;
      const body = new Webhook(secret).verify(post?.rawBody.toString() ?? '', headers);
      expect(body).toMatchObject({ type: 'Webhook Test' });
    }
    const shown = JSON.stringify(await kairos.call('GET', at(endpoint)));
    expect(shown).not.toContain('whsec_');
    await kairos.call('DELETE', at(endpoint));
    await expect(kairos.call('GET', at(endpoint))).rejects.toThrow('404');
  });

  it('has nothing personal in Temporal', async () => {
    const workflows: string[] = [];
    for await (const one of kairos.temporal.workflow.list({
      query: 'WorkflowType="kairos.deliver-webhooks"',
    })) {
      workflows.push(one.workflowId);
      const history = await kairos.temporal.workflow.getHandle(one.workflowId).fetchHistory();
      const text = readable(historyToJson(history));
      expect(text).toContain(one.workflowId.split('/')[1]);
      expect(text).not.toMatch(/w-\d|crash-\d|b\.example|127\.0\.0\.1/);
    }
    expect(workflows.length).toBeGreaterThan(0);
  });

  it('says of which segment nothing is told, for there is none', async () => {
    const said = { url: 'http://127.0.0.1:9/none', listens: [{ segment: { enters: 'nobodys' } }] };
    const { id, warnings } = await kairos.call<Endpoint & { warnings: object[] }>(
      'POST',
      '/v1/webhook-endpoints',
      said,
    );
    expect(warnings).toMatchObject([{ pointer: '#/listens/0/segment/enters' }]);
    await kairos.call('DELETE', `/v1/webhook-endpoints/${id}`);
  });

  it('is refused where it would be called at a machine’s metadata', async () => {
    const said = { url: 'http://169.254.169.254/latest', listens: [{ event: '*' }] };
    await expect(kairos.call('POST', '/v1/webhook-endpoints', said)).rejects.toThrow('#/url');
  });
});

tellsGoogle(() => kairos);

/** A history with its payloads, which are base64, as text. */
function readable(history: unknown): string {
  return JSON.stringify(history, (key, value: unknown) =>
    key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString() : value,
  );
}
