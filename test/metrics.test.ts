import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { freePort } from './support/sandbox-process.ts';
import { WholeKairos } from './support/whole-kairos.ts';

/** What no log and no figure may show. Each value is unlike anything of our own. */
const SECRETS = {
  email: 'zuzanna.wachowiak@shop.example',
  name: 'Zuzanna',
  phone: '+12025550143',
  token: 'device-token-qx7r9w',
  cart: 'cart-of-zuzanna',
  product: 'Wachowiak Walking Boots',
};

const METRICS_KEY = 'metrics-key-of-whole-kairos';

/** Written by Temporal's SDK at the first fault of its kind, so not there in a healthy worker. */
const WHEN_IT_FAILS = ['temporal_workflow_task_execution_failed_total'];

const journey = {
  key: 'measured',
  name: 'Measured',
  entry: { event: 'Signed Up', key: 'properties.cart_id' },
  start: 'tell',
  steps: {
    tell: {
      send: {
        template: 'cart-reminder',
        cascade: [
          { channel: 'push', patience: 'PT30S' },
          { channel: 'email', patience: 'PT30S' },
        ],
        until: 'delivered',
      },
      next: { reached: 'text', exhausted: 'leave' },
    },
    text: { send: { template: 'cart-reminder', channel: 'sms' }, next: 'leave' },
    leave: { end: 'done' },
  },
};

/** A client stops by itself after this, should the API go on. */
const CALLS_MAX = 5_000;

let kairos: WholeKairos;
let workerUrl: string;

beforeAll(async () => {
  const workerPort = await freePort();
  workerUrl = `http://127.0.0.1:${String(workerPort)}`;
  kairos = await WholeKairos.start('metrics', {
    env: {
      KAIROS_LOG_LEVEL: 'trace',
      KAIROS_METRICS_KEY: METRICS_KEY,
      KAIROS_WORKER_METRICS: `127.0.0.1:${String(workerPort)}`,
    },
  });
  await kairos.putLibraryTemplates('cart-reminder');
  await kairos.publish(journey);
  await kairos.rules({ channel: 'push', to: SECRETS.token, outcome: 'reject' });
  await kairos.track('identify', {
    userId: 'customer-1',
    traits: { email: SECRETS.email, phone: SECRETS.phone, firstName: SECRETS.name },
    context: {
      device: { token: SECRETS.token },
      consent: { categoryPreferences: { sms: true, push: true, email: true } },
    },
  });
  await kairos.track('track', {
    userId: 'customer-1',
    event: 'Signed Up',
    properties: {
      cart_id: SECRETS.cart,
      name: SECRETS.product,
      url: 'https://shop.example/1',
    },
  });
  await kairos.endedRun('measured', 'external:customer-1');
  await kairos.call('GET', `/v1/profiles/${encodeURIComponent(`email:${SECRETS.email}`)}`);
  await kairos.call('GET', `/v1/runs?profile=${encodeURIComponent(`email:${SECRETS.email}`)}`);
  // The run may end before the receipts of its last message are routed.
  const routed = 'kairos_receipts_total{channel="sms",status="delivered"} 1';
  await kairos.until('routed receipts', async () =>
    (await scrape(`${workerUrl}/metrics`)).includes(routed) ? true : null,
  );
}, 120_000);
afterAll(() => kairos.stop());

async function scrape(url: string, key: string = METRICS_KEY): Promise<string> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  expect(answer.status).toBe(200);
  return answer.text();
}

/** The value of one series; 0 where it is not there. */
function valueOf(text: string, series: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
}

/** Names of metrics that Prometheus would know after reading this answer. */
function namesIn(text: string): Set<string> {
  const families = [...text.matchAll(/^# TYPE (\S+) (\S+)/gm)];
  return new Set(
    families.flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

/** Metrics of ours, of Temporal and of Node that expressions name. */
function namesAsked(expressions: readonly string[]): string[] {
  const names = expressions.flatMap((one) => [
    ...one.matchAll(/\b(?:kairos|temporal|nodejs|process)_[a-z0-9_]+/g),
  ]);
  return [...new Set(names.map(([name]) => name))];
}

describe('the figures for Prometheus', () => {
  it('are given by API and worker to holders of the metrics key or the admin key only', async () => {
    const admin = 'admin-key-of-whole-kairos';
    for (const url of [`${kairos.url}/metrics`, `${workerUrl}/metrics`]) {
      expect(await scrape(url)).toContain('# TYPE nodejs_eventloop_lag_seconds gauge');
      expect(await scrape(url, admin)).toContain('# TYPE');
      for (const key of ['write-key-of-whole-kairos', 'wrong-key-of-whole-kairos']) {
        const refused = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
        expect(refused.status).toBe(401);
      }
      expect((await fetch(url)).status).toBe(401);
    }
  });

  it('let the metrics key do nothing else', async () => {
    const headers = { authorization: `Bearer ${METRICS_KEY}` };
    expect((await fetch(`${kairos.url}/v1/journeys`, { headers })).status).toBe(401);
  });

  it('count a customer’s way from the event to the message', async () => {
    const [api, worker] = await Promise.all([
      scrape(`${kairos.url}/metrics`),
      scrape(`${workerUrl}/metrics`),
    ]);
    const figure = (series: string): number => valueOf(`${api}\n${worker}`, series);
    expect(figure('kairos_events_accepted_total{kind="track",source="server"}')).toBe(1);
    expect(figure('kairos_events_accepted_total{kind="identify",source="server"}')).toBe(1);
    expect(figure('kairos_http_requests_total{method="POST",route="/v1/track",status="200"}')).toBe(
      1,
    );
    expect(figure('kairos_webhooks_total{provider="twilio",result="accepted"}')).toBeGreaterThan(0);
    expect(figure('kairos_runs_started_total{journey="measured"}')).toBe(1);
    const ended = 'kairos_runs_ended_total{journey="measured",status="completed",outcome="done"}';
    expect(figure(ended)).toBe(1);
    expect(figure('kairos_runs_failed_total')).toBe(0);
    const messages = (channel: string, provider: string, status: string): number =>
      figure(
        `kairos_messages_total{channel="${channel}",provider="${provider}",status="${status}"}`,
      );
    expect(messages('push', 'fcm', 'failed')).toBe(1);
    expect(messages('email', 'sendgrid', 'sent')).toBe(1);
    expect(messages('sms', 'twilio', 'sent')).toBe(1);
    expect(figure('kairos_receipts_total{channel="email",status="delivered"}')).toBe(1);
    expect(figure('kairos_gate_decisions_total{channel="sms",decision="send",reason="none"}')).toBe(
      1,
    );
    const routed = figure('kairos_events_routed_total');
    expect(figure('kairos_router_lag_seconds_count')).toBe(routed);
    expect(figure('kairos_apply_batch_events_sum')).toBe(routed);
    expect(figure('kairos_store_up')).toBe(1);
    expect(figure('kairos_runs_unstarted')).toBe(0);
    expect(worker).toMatch(/^temporal_request_total\{[^}]*\} [1-9]/m);
  });

  it('are all that dashboards and alerts ask for', async () => {
    const live = namesIn(
      `${await scrape(`${kairos.url}/metrics`)}\n${await scrape(`${workerUrl}/metrics`)}`,
    );
    const alerts = parse(readFileSync('ops/prometheus/alerts.yml', 'utf8')) as {
      groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
    };
    const rules = alerts.groups.flatMap((group) => group.rules);
    const dashboards = ['kairos', 'providers', 'router'].map((name) =>
      readFileSync(`ops/grafana/${name}.json`, 'utf8'),
    );
    const asked = namesAsked([...rules.map((rule) => rule.expr), ...dashboards]);
    expect(asked.length).toBeGreaterThan(30);
    expect(asked.filter((name) => !live.has(name) && !WHEN_IT_FAILS.includes(name))).toEqual([]);
    const guide = readFileSync('docs/operations.md', 'utf8');
    for (const { alert, annotations } of rules) {
      expect(guide).toContain(`\n### ${alert}\n`);
      expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook_url']);
      expect(annotations.runbook_url).toBe(`docs/operations.md#${alert.toLowerCase()}`);
    }
  });

  it('leave the number of series to nobody outside: unknown addresses and methods are one each', async () => {
    const wanted = ['/v1/nothing-1', '/v1/nothing-2', '/V1/Webhooks/Sendgrid', '/v1/TRACK/'];
    for (const path of wanted) await fetch(`${kairos.url}${path}`, { method: 'POST' });
    const text = await scrape(`${kairos.url}/metrics`);
    expect(text).not.toMatch(/nothing-|V1|TRACK/);
    expect(
      valueOf(text, 'kairos_http_requests_total{method="POST",route="unmatched",status="404"}'),
    ).toBe(2);
  });
});

describe('logs and figures', () => {
  it('hold nothing of a customer, even at the level trace', async () => {
    const text = [
      ...(await kairos.logs()),
      await scrape(`${kairos.url}/metrics`),
      await scrape(`${workerUrl}/metrics`),
    ].join('\n');
    expect(text).toContain('"route":"/v1/profiles/{identity}"');
    expect(text).toContain('"route":"/v1/track"');
    for (const secret of Object.values(SECRETS)) {
      expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
      expect(text).not.toContain(encodeURIComponent(secret));
    }
  });

  it('carry a proxy’s request id through, and nothing else that a client calls one', async () => {
    const known = '0af7651916cd43dd8448eb211c80319c';
    const ask = async (id: string): Promise<string | null> => {
      const answer = await fetch(`${kairos.url}/v1/journeys`, { headers: { 'x-request-id': id } });
      return answer.headers.get('x-request-id');
    };
    expect(await ask(known)).toBe(known);
    expect(await ask(SECRETS.phone)).not.toBe(SECRETS.phone);
    const logs = (await kairos.logs()).join();
    expect(logs).toContain(`"requestId":"${known}"`);
    expect(logs).not.toContain(SECRETS.phone);
  });
});

describe('a worker', () => {
  it('tells a container’s health check whether it lives and works', async () => {
    expect((await fetch(`${workerUrl}/healthz`)).status).toBe(200);
    const ready = await fetch(`${workerUrl}/readyz`);
    expect(await ready.json()).toEqual({
      status: 'ready',
      checks: { mongo: 'ok', temporal: 'ok', workers: 'ok' },
    });
  });
});

describe('an API that is asked to end', () => {
  it('answers every call it has taken, and is gone within five seconds', async () => {
    const pid = kairos.pid('api');
    const ends: string[] = [];
    let sent = 0;
    // Each client keeps its connection and calls until nobody listens any more.
    const client = async (lane: number): Promise<void> => {
      for (let call = 0; call < CALLS_MAX; call += 1) {
        sent += 1;
        const end = await callOnce(`${String(lane)}-${String(call)}`);
        ends.push(end);
        if (end === 'ECONNREFUSED') return;
      }
    };
    const clients = Array.from({ length: 8 }, (_, lane) => client(lane));
    await kairos.until('calls under way', () => Promise.resolve(ends.length >= 40 ? true : null));
    const startedAt = performance.now();
    process.kill(pid, 'SIGTERM');
    await Promise.all(clients);
    await kairos.until('its end', () => Promise.resolve(runs(pid) ? null : true), 8_000);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(ends).toHaveLength(sent);
    expect([...new Set(ends)].sort()).toEqual(['200', 'ECONNREFUSED']);
    const answered = ends.filter((end) => end === '200').length;
    const stored = await kairos.mongo.collections.events.countDocuments({ name: 'Said Last' });
    expect(stored).toBe(answered);
  });
});

/** How one call ended: the status of its answer, or the code of the connection's error. */
async function callOnce(id: string): Promise<string> {
  try {
    const answer = await fetch(`${kairos.url}/v1/track`, {
      method: 'POST',
      headers: kairos.trackingHeaders,
      body: JSON.stringify({ userId: `last-${id}`, event: 'Said Last', messageId: `last-${id}` }),
    });
    await answer.text();
    return String(answer.status);
  } catch (error) {
    const { code } = (error as { cause?: { code?: string } }).cause ?? {};
    return code ?? 'unknown';
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
