import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { historyToJson } from '#cli/commands/history-json.ts';
import type { WebhookRequest } from '#channels/webhook-request.ts';
import { journey, ShopCustomer } from './support/shop-customer.ts';
import { pathOf } from './support/views.ts';
import { WebhookSink, type SinkAnswer } from './support/webhook-sink.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const SECRET = `whsec_${Buffer.from('thirty-two bytes of a test secret').toString('base64')}`;

let kairos: WholeKairos;
let sink: WebhookSink;
const answers: Record<string, (before: number) => SinkAnswer> = {};
beforeAll(async () => {
  sink = await WebhookSink.start();
  sink.answer = ({ target }, before) => {
    const own = answers[target];
    return own === undefined ? { status: 200, json: {} } : own(before);
  };
  const env = { KAIROS_CONNECTIONS: `loyalty=${sink.url} ${SECRET} X-Api-Key:of-a-test` };
  kairos = await WholeKairos.start('journey-webhook', { env });
  await kairos.call('PUT', '/v1/templates/points', {
    key: 'points',
    kind: 'transactional',
    languages: {
      en: {
        email: {
          subject: 'You have {{ responses.ask.points }} points',
          html: '<p>{{ responses.ask.points | plus: 1 }}</p>',
        },
      },
    },
  });
}, 120_000);
afterAll(async () => {
  await Promise.all([kairos.stop(), sink.close()]);
});

const ends = { good: { end: 'good' }, bad: { end: 'bad' } };
const next = { ok: 'good', failed: 'bad' };

/** A journey that asks `/KEY` of the sink first. */
function asking(
  key: string,
  webhook: Record<string, unknown> = {},
  more: { steps?: Record<string, object>; next?: unknown } & Record<string, unknown> = {},
): ReturnType<typeof journey> {
  const { steps = ends, next: leads = next, ...frame } = more;
  const url = `${sink.url}/${key}`;
  return journey(key, { ask: { webhook: { url, ...webhook }, next: leads }, ...steps }, frame);
}

async function entered(key: string): Promise<ShopCustomer> {
  const customer = await ShopCustomer.join(kairos);
  await customer.does(`Entered ${key}`);
  return customer;
}

async function path(customer: ShopCustomer, key: string): Promise<string> {
  return pathOf(await kairos.endedRun(key, customer.identity));
}

function bodyOf(request: WebhookRequest | undefined): unknown {
  return JSON.parse(request?.rawBody.toString() ?? 'null');
}

const calls = (key: string, count: number): Promise<WebhookRequest[]> =>
  kairos.until(`${String(count)} calls of ${key}`, () => {
    const found = sink.to(`/${key}`);
    return Promise.resolve(found.length >= count ? found : null);
  });

describe('A webhook of a journey', () => {
  it('is told what the journey says, and its answer counts in branches and in texts', async () => {
    answers['/rich'] = () => ({
      status: 200,
      json: { customer: { points: 4_711_815, tier: 'gold' } },
    });
    const when = { context: 'responses.ask.points', gte: 100 };
    await kairos.publish(
      asking(
        'rich',
        {
          body: {
            who: '{{ ids.external }}',
            mail: '{{ profile.email }}',
            spent: '{{ profile.spent }}',
          },
          connection: 'loyalty',
          response: { points: 'body.customer.points' },
        },
        {
          next: { ok: 'worth', failed: 'bad' },
          steps: {
            worth: {
              branch: [
                { when, next: 'tell' },
                { else: true, next: 'bad' },
              ],
            },
            tell: {
              send: { template: 'points', channel: 'email' },
              next: { sent: 'good', suppressed: 'bad', failed: 'bad' },
            },
            ...ends,
          },
        },
      ),
    );
    const customer = await ShopCustomer.join(kairos, { traits: { spent: 12.5 } });
    const { email } = customer.addresses;
    await customer.does('Entered rich');
    expect(await path(customer, 'rich')).toBe('ask:ok -> worth:tell -> tell:sent -> good:good');
    const [call] = sink.to('/rich');
    expect(bodyOf(call)).toEqual({ who: customer.id, mail: email, spent: 12.5 });
    expect(call?.headers['x-api-key']).toBe('of-a-test');
    const headers = call?.headers as Record<string, string>;
    expect(headers['idempotency-key']).toBe(headers['webhook-id']);
    expect(() => new Webhook(SECRET).verify(call?.rawBody.toString() ?? '', headers)).not.toThrow();
    const [mail] = await kairos.inbox(email);
    expect(JSON.stringify(mail?.payload)).toContain('You have 4711815 points');
    const [run] = await kairos.runs(`journey=rich&profile=${customer.identity}`);
    const handle = kairos.temporal.workflow.getHandle(run?.id ?? '');
    const history = JSON.stringify(historyToJson(await handle.fetchHistory()));
    for (const secret of [email, '4711815', 'of-a-test']) expect(history).not.toContain(secret);
  });

  it('is called again after 503, as the same call, and the run goes on once', async () => {
    answers['/moody'] = (before) => (before < 2 ? { status: 503 } : { status: 204 });
    await kairos.publish(asking('moody'));
    const customer = await entered('moody');
    expect(await path(customer, 'moody')).toBe('ask:ok -> good:good');
    const keys = sink.to('/moody').map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    const { profileId, id } = (await customer.runs('moody'))[0] ?? {};
    expect(bodyOf(sink.to('/moody')[0])).toEqual({
      ...{ profile: profileId, external: customer.id, run: id, journey: 'moody', step: 'ask' },
    });
  });

  it('fails when it does not answer in time, and says so', async () => {
    answers['/silent'] = () => null;
    await kairos.publish(asking('silent', { timeout: 'PT1S', patience: 'PT1S' }));
    const customer = await entered('silent');
    expect(await path(customer, 'silent')).toBe('ask:failed -> bad:bad');
    const [run] = await customer.runs('silent');
    expect(run?.path[0]).toMatchObject({ outcome: 'failed', reason: 'ETIMEDOUT' });
  });

  it('leads where the journey says a status leads', async () => {
    answers['/unknown'] = () => ({ status: 404 });
    await kairos.publish(asking('unknown', {}, { next: { ...next, '404': 'bad' } }));
    expect(await path(await entered('unknown'), 'unknown')).toBe('ask:404 -> bad:bad');
  });

  it('is not called with half a body', async () => {
    await kairos.publish(asking('half', { body: { tier: '{{ profile.tier }}' } }));
    const customer = await entered('half');
    expect(await path(customer, 'half')).toBe('ask:error -> bad:bad');
    const [run] = await customer.runs('half');
    expect(run?.path[0]).toMatchObject({ reason: 'missing:profile.tier' });
    expect(sink.to('/half')).toEqual([]);
  });

  it('holds up no exit, and a run that left hears no answer', async () => {
    answers['/slow'] = () => null;
    const exits = [{ event: 'Order Completed' }];
    await kairos.publish(asking('slow', { timeout: 'PT30S' }, { exits }));
    const customer = await entered('slow');
    await calls('slow', 1);
    await customer.does('Order Completed', { order_id: 'o-1' });
    const run = await kairos.endedRun('slow', customer.identity);
    expect(run).toMatchObject({ status: 'exited', path: [{ step: 'ask', outcome: 'exited' }] });
    expect(sink.to('/slow')).toHaveLength(1);
  });

  it('that is not answered holds up no other receiver, however many wait for it', async () => {
    const hung = await WebhookSink.start();
    try {
      hung.answer = () => null;
      const url = `${hung.url}/hung`;
      await kairos.publish(asking('hung', { url, timeout: 'PT30S' }));
      await kairos.publish(asking('prompt'));
      const waiting = Array.from({ length: 150 }, (_, index) => {
        return { type: 'track', userId: `hung-${String(index)}`, event: 'Entered hung' };
      });
      await kairos.track('batch', { batch: waiting });
      const looked = { journey: 'hung', 'latest.transition.state.calling.looks': { $gte: 1 } };
      await kairos.until('more to find no place than a worker calls at once', async () => {
        const busy = await kairos.mongo.collections.runs.countDocuments(looked);
        return busy > 100 ? true : null;
      });
      expect(await path(await entered('prompt'), 'prompt')).toBe('ask:ok -> good:good');
      // Long before all who wait for the other had their turn.
      expect(hung.to('/hung').length).toBeLessThan(waiting.length / 2);
    } finally {
      await kairos.call('POST', '/v1/journeys/hung/stop');
      await hung.close();
    }
  }, 120_000);

  it('waits while its journey is paused', async () => {
    const later = { status: 503, headers: { 'retry-after': '3' } };
    answers['/paused'] = (before) => (before === 0 ? later : { status: 200 });
    await kairos.publish(asking('paused'));
    const customer = await entered('paused');
    await calls('paused', 1);
    await kairos.call('POST', '/v1/journeys/paused/pause');
    await kairos.until('held', async () => {
      const run = await kairos.mongo.collections.runs.findOne({ journey: 'paused' });
      return run?.held === true ? true : null;
    });
    expect(sink.to('/paused')).toHaveLength(1);
    await kairos.call('POST', '/v1/journeys/paused/resume');
    expect(await path(customer, 'paused')).toBe('ask:ok -> good:good');
  });

  it('is made again, as the same call, when its worker was killed', async () => {
    answers['/killed'] = (before) => (before === 0 ? null : { status: 200 });
    await kairos.publish(asking('killed', { timeout: 'PT30S' }));
    const customer = await entered('killed');
    await calls('killed', 1);
    await kairos.kill('worker');
    kairos.run('worker');
    expect(await path(customer, 'killed')).toBe('ask:ok -> good:good');
    const keys = sink.to('/killed').map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(1);
  }, 120_000);

  it('cannot be published with a connection that there is not, or for another address', async () => {
    const refused = (webhook: Record<string, unknown>): Promise<unknown> =>
      kairos.publish(asking('refused', webhook));
    await expect(refused({ connection: 'loyalti' })).rejects.toThrow('Did you mean');
    const url = 'https://elsewhere.example/points';
    await expect(refused({ connection: 'loyalty', url })).rejects.toThrow('alone');
    await expect(refused({ body: { a: '{{ profil.name }}' } })).rejects.toThrow(
      '#/steps/ask/webhook/body/a',
    );
  });
});
