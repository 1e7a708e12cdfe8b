import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startCrashServers, type CrashServers } from '#test/support/crash-servers.ts';
import { expectedOf, ordersFile, shownOf } from '#test/support/orders-file.ts';
import { pathOf } from '#test/support/views.ts';
import { WholeKairos } from '#test/support/whole-kairos.ts';

const JOURNEY = {
  key: 'hello',
  name: 'Hello',
  entry: { event: 'Signed Up' },
  start: 'hi',
  steps: {
    hi: { send: { template: 'cart-reminder', channel: 'email' }, next: 'leave' },
    leave: { end: 'done' },
  },
};
/** A new connection to Temporal is tried at growing pauses; a router whose owner timed out starts anew. */
const BACK_WITHIN_MS = 120_000;
const TEST_TIMEOUT_MS = 300_000;

let servers: CrashServers;
let kairos: WholeKairos;

beforeAll(async () => {
  servers = await startCrashServers();
  kairos = await WholeKairos.start('crash-outage', servers);
  await kairos.putLibraryTemplates('cart-reminder');
  await kairos.publish(JOURNEY);
}, TEST_TIMEOUT_MS);

afterAll(async () => {
  await kairos.stop();
  await servers.stop();
}, TEST_TIMEOUT_MS);

/** Of an import in the store. */
interface Standing {
  _id: string;
  status: string;
  stage: string;
  beatAt: number;
}

interface ProfileView {
  attributes: Record<string, unknown>;
  consents: Record<string, { granted: boolean }>;
}

function profile(id: string): Promise<ProfileView> {
  return kairos.call<ProfileView>('GET', `/v1/profiles/${encodeURIComponent(`external:${id}`)}`);
}

function signUp(id: string): object {
  const properties = { name: 'Red shoes', url: 'https://shop.example/1' };
  return { userId: id, messageId: `${id}-signed-up`, event: 'Signed Up', properties };
}

describe('while Temporal is away', () => {
  it(
    'tracking and consents are answered and applied, and runs start when it is back',
    async () => {
      await kairos.track('identify', { userId: 'a', traits: { email: 'a@shop.example' } });
      await kairos.until('a', () => profile('a').catch(() => null));
      await servers.temporal.kill();

      // Runs that must wait come first: nobody's profile may have to wait with them.
      await kairos.track('track', signUp('a'));
      await kairos.track('identify', { userId: 'b', traits: { email: 'b@shop.example' } });
      await kairos.track('track', signUp('b'));
      const consents = '/v1/profiles/external%3Aa/consents/sms';
      await kairos.call('PUT', consents, { granted: true, source: 'test' });
      expect((await profile('a')).consents.sms).toMatchObject({ granted: true });
      await kairos.track('identify', { userId: 'a', traits: { plan: 'gold' } });
      const applied = await kairos.until('the attribute', async () => {
        const found = await profile('a');
        return found.attributes.plan === 'gold' ? found : null;
      });
      expect(applied.attributes.plan).toBe('gold');
      expect(await kairos.inbox('a@shop.example')).toEqual([]);

      await servers.temporal.start();
      for (const id of ['a', 'b']) {
        const run = await kairos.endedRun('hello', `external:${id}`, BACK_WITHIN_MS);
        expect(pathOf(run)).toBe('hi:sent -> leave:done');
        expect(await kairos.inbox(`${id}@shop.example`)).toHaveLength(1);
      }
    },
    TEST_TIMEOUT_MS,
  );
});

describe('while MongoDB is away', () => {
  it(
    'tracking asks to be repeated, and the repeat is taken once it is back',
    async () => {
      await servers.mongod.kill();
      const answer = await fetch(`${kairos.url}/v1/track`, {
        method: 'POST',
        headers: kairos.trackingHeaders,
        body: JSON.stringify(signUp('c')),
      });
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);

      await servers.mongod.start();
      const accepted = await kairos.until(
        'tracking',
        () =>
          kairos.track('track', signUp('c')).then(
            () => true,
            () => null,
          ),
        BACK_WITHIN_MS,
      );
      expect(accepted).toBe(true);
      const run = await kairos.endedRun('hello', 'external:c', BACK_WITHIN_MS);
      expect(pathOf(run)).toBe('hi:suppressed -> leave:done');
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'a file that was half staged goes on when it is back, and its sums are right',
    async () => {
      // Longer to stage than it takes to see that it has begun.
      const file = ordersFile(4_000);
      const { rows, returns } = file;
      const answer = await fetch(`${kairos.url}/v1/imports?as=orders`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${kairos.environment.KAIROS_ADMIN_KEY ?? ''}`,
          'content-type': 'text/csv',
          'x-kairos-map': JSON.stringify(file.map),
        },
        body: file.text,
      });
      const { id } = (await answer.json()) as { id: string };
      const lines = kairos.mongo.db.collection('importLines');
      await kairos.until('some staged lines', async () =>
        (await lines.estimatedDocumentCount()) > 0 ? true : null,
      );
      // The one at work stands still, so that what is read below is what the outage left.
      process.kill(kairos.pid('api'), 'SIGSTOP');
      await servers.mongod.kill();
      await servers.mongod.start();
      const imports = kairos.mongo.db.collection<Standing>('imports');
      const left = await kairos.until('what is left', () => imports.findOne({ _id: id }));
      // It was cut off while it was staged.
      expect(left).toMatchObject({ status: 'running', stage: 'rows' });
      expect(await lines.countDocuments()).toBeLessThan(rows - returns);
      process.kill(kairos.pid('api'), 'SIGCONT');
      // As if the seconds had passed after which somebody takes it up again; the process that was at
      // it lives, and its last write may go through now.
      await imports.updateOne({ _id: id }, { $set: { beatAt: 0 } });
      const done = await kairos.until(
        'the end of the import',
        async () => {
          const read = await kairos
            .call<{ status: string }>('GET', `/v1/imports/${id}`)
            .catch(() => null);
          return read === null || read.status === 'running' ? null : read;
        },
        BACK_WITHIN_MS,
      );
      const counted = { rows, accepted: rows - returns, skipped: returns, rejected: 0 };
      expect(done).toMatchObject({ status: 'completed', ...counted });
      expect(await shownOf(kairos, file)).toEqual(expectedOf(file));
      expect(await lines.countDocuments()).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );
});
