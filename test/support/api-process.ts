import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApiMetrics } from '#api/api-metrics.ts';
import { createApp } from '#api/app.ts';
import { composeApi } from '#api/compose.ts';
import { ensureIdempotencyIndex } from '#api/idempotency.ts';
import { createTemporalPort, type TemporalPort } from '#api/temporal-port.ts';
import { systemClock } from '#platform/clock.ts';
import { loadConfig } from '#platform/config.ts';
import { createLogger } from '#platform/logger.ts';
import { createRegistry } from '#platform/metrics.ts';
import { ensureIndexes } from '#platform/mongo-indexes.ts';
import { connectMongo, type Mongo } from '#platform/mongo.ts';
import {
  makeSandboxAccounts,
  sandboxEnvironment,
  type SandboxAccounts,
} from '#sandbox/accounts.ts';

export const ADMIN_KEY = 'admin-key-of-the-tests-1';
export const WRITE_KEY = 'write-key-of-the-tests-1';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body where it is JSON. */
  body: Record<string, unknown>;
}

export interface Call {
  method?: string;
  body?: string | Uint8Array;
  json?: unknown;
  type?: string;
  key?: string | null;
  headers?: Record<string, string>;
}

/** The API with the test run's MongoDB and Temporal, on a free port and a database of its own. */
export class TestApi {
  readonly url: string;
  readonly mongo: Mongo;
  readonly accounts: SandboxAccounts;
  private readonly server: Server;
  private readonly temporal: TemporalPort;

  private constructor(parts: Pick<TestApi, 'url' | 'mongo' | 'accounts'> & Servers) {
    this.url = parts.url;
    this.mongo = parts.mongo;
    this.accounts = parts.accounts;
    this.server = parts.server;
    this.temporal = parts.temporal;
  }

  static async start(
    database: string,
    settings: Record<string, string | undefined> = {},
  ): Promise<TestApi> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const accounts = makeSandboxAccounts();
    const env = {
      KAIROS_PUBLIC_URL: url,
      KAIROS_ADMIN_KEY: ADMIN_KEY,
      KAIROS_WRITE_KEY: WRITE_KEY,
      KAIROS_LOG_LEVEL: 'silent',
      KAIROS_TEMPORAL_UI: 'http://127.0.0.1:8233',
      MONGODB_URI: process.env.KAIROS_TEST_MONGODB_URI,
      TEMPORAL_ADDRESS: process.env.KAIROS_TEST_TEMPORAL_ADDRESS,
      ...settings,
    };
    const config = loadConfig(env);
    const mongo = await connectMongo(config.MONGODB_URI, database);
    await mongo.db.dropDatabase();
    await Promise.all([ensureIndexes(mongo.collections), ensureIdempotencyIndex(mongo.db)]);
    const logger = createLogger('api', config.KAIROS_LOG_LEVEL);
    const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = config;
    const temporal = createTemporalPort({ address, namespace }, logger);
    const channels = sandboxEnvironment(accounts, 'http://127.0.0.1:9', env);
    const app = createApp(
      composeApi({
        config,
        env: { ...env, ...channels },
        mongo,
        temporal,
        logger,
        metrics: createApiMetrics(createRegistry({ withProcess: false })),
        clock: systemClock,
      }),
    );
    server.on('request', app);
    return new TestApi({ url, mongo, accounts, server, temporal });
  }

  /** One call; with the admin key unless told otherwise. */
  async call(path: string, call: Call = {}): Promise<Answer> {
    const { method = 'GET', json, type, key = ADMIN_KEY, headers = {} } = call;
    const body = json === undefined ? call.body : JSON.stringify(json);
    const reply = await fetch(`${this.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(body === undefined ? {} : { 'content-type': type ?? 'application/json' }),
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await reply.text();
    const isJson = (reply.headers.get('content-type') ?? '').includes('json');
    return {
      status: reply.status,
      headers: reply.headers,
      text,
      body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.temporal.close();
    await this.mongo.close();
  }
}

interface Servers {
  server: Server;
  temporal: TemporalPort;
}

/** Pointers of the faults an answer lists. */
export function pointersOf({ body }: Answer): string[] {
  const errors = Array.isArray(body.errors) ? (body.errors as { pointer: string }[]) : [];
  return errors.map(({ pointer }) => pointer);
}

/** Tells of a customer by tracking; answers the id of the profile. */
export async function makePerson(api: TestApi, userId: string): Promise<string> {
  const basic = Buffer.from(`${WRITE_KEY}:`).toString('base64');
  const told = await api.call('/v1/identify', {
    method: 'POST',
    json: { userId, traits: { email: `${userId}@b.example` } },
    key: null,
    headers: { authorization: `Basic ${basic}` },
  });
  if (told.status !== 200) throw new Error('the customer was not taken');
  const identity = await api.mongo.collections.identities.findOne({ _id: `external:${userId}` });
  return identity?.profileId ?? '';
}
