import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { backup } from '#cli/backup/backup.ts';
import { openBackup } from '#cli/backup/backup-folder.ts';
import { restore } from '#cli/backup/restore.ts';
import { openDataFolder } from '#cli/embedded/data-folder.ts';
import { waitUntil } from '#cli/wait-until.ts';
import { CrashInstallation } from '#test/support/crash-installation.ts';
import { openTestDatabase } from '#test/support/tracking-app.ts';
import { pathOf, type InboxView, type RunView } from '#test/support/views.ts';

const COMMAND = path.resolve('cli/kairos.mjs');
const ENV = { PATH: process.env.PATH, HOME: process.env.HOME } satisfies NodeJS.ProcessEnv;
const TIMEOUT_MS = 150_000;

const signal = new AbortController().signal;

const remind = { template: 'cart-reminder' };
const JOURNEYS = [
  {
    key: 'timer',
    name: 'Timer',
    entry: { event: 'Signed Up' },
    start: 'hello',
    steps: {
      hello: { send: { ...remind, channel: 'email' }, next: 'rest' },
      rest: { wait: 'PT15S', next: 'text' },
      text: { send: { ...remind, channel: 'sms' }, next: 'leave' },
      leave: { end: 'done' },
    },
  },
  {
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
      thank: { send: { ...remind, channel: 'email' }, next: 'leave' },
      leave: { end: 'left' },
    },
  },
  {
    key: 'cascade',
    name: 'Cascade',
    entry: { event: 'Product Added to Wishlist' },
    start: 'remind',
    steps: {
      remind: {
        send: {
          ...remind,
          cascade: [{ channel: 'sms', patience: 'PT15S' }, { channel: 'email' }],
          until: 'delivered',
        },
        next: { reached: 'leave', exhausted: 'leave' },
      },
      leave: { end: 'left' },
    },
  },
];

/** Each person, by the event that brings them in and how their run is to end after all of it. */
const PEOPLE = {
  timer: { event: 'Signed Up', path: 'hello:sent -> rest:passed -> text:sent -> leave:done' },
  viewer: { event: 'Product Added', path: 'look:received -> thank:sent -> leave:left' },
  buyer: { event: 'Product Added', path: 'look:exited' },
  patient: { event: 'Product Added', path: 'look:received -> thank:sent -> leave:left' },
  cascade: { event: 'Product Added to Wishlist', path: 'remind:reached -> leave:left' },
};
type Person = keyof typeof PEOPLE;
const NAMES = Object.keys(PEOPLE) as Person[];

const emailOf = (person: Person): string => `${person}@shop.example`;
const phoneOf = (person: Person): string => `+1202555010${String(NAMES.indexOf(person))}`;

describe('an installation that was lost', () => {
  const said: string[] = [];
  let kairos: CrashInstallation;
  let scratch: string;
  beforeAll(async () => {
    scratch = await mkdtemp(path.join(os.tmpdir(), 'kairos-backup-'));
    kairos = await CrashInstallation.make();
    await kairos.start();
    await kairos.call(
      'PUT',
      '/v1/templates/cart-reminder',
      await readFile('library/templates/cart-reminder.yaml', 'utf8'),
    );
    for (const journey of JOURNEYS) {
      await kairos.call('PUT', `/v1/journeys/${journey.key}`, stringify(journey));
      await kairos.call('POST', `/v1/journeys/${journey.key}/publish`);
    }
    await kairos.call('PUT', '/sandbox/rules', [
      { channel: 'sms', to: phoneOf('cascade'), outcome: 'silent' },
    ]);
  }, TIMEOUT_MS);
  afterAll(async () => {
    await kairos.stop();
    await rm(scratch, { recursive: true, force: true });
  }, TIMEOUT_MS);

  const tell = (person: Person, event: string): Promise<void> => {
    const context = { consent: { categoryPreferences: { email: true, sms: true } } };
    const traits = { email: emailOf(person), phone: phoneOf(person), first_name: 'Ann' };
    const properties = {
      cart_id: person,
      order_id: person,
      name: 'Shoes',
      url: 'https://shop.example',
    };
    const batch = [
      { type: 'identify', userId: person, traits, context },
      { type: 'track', userId: person, event, properties },
    ];
    return kairos.track({ batch }, 20_000);
  };
  const runOf = async (person: Person): Promise<RunView | undefined> =>
    (await kairos.list<RunView>(`/v1/runs?profile=external:${person}`))?.[0];
  const reaches = async (person: Person, wanted: (run: RunView) => boolean): Promise<void> => {
    const isThere = await waitUntil(
      async () => {
        const run = await runOf(person);
        return run !== undefined && wanted(run);
      },
      { timeoutMs: 40_000, everyMs: 200 },
    );
    if (!isThere) throw new Error(`${person} stands at ${JSON.stringify(await runOf(person))}`);
  };
  const reachesInbox = async (to: string): Promise<void> => {
    await waitUntil(async () => (await inboxOf(to)) === 1, { timeoutMs: 20_000 });
  };
  const inboxOf = async (to: string): Promise<number> =>
    (await kairos.list<InboxView>(`/sandbox/inbox?to=${encodeURIComponent(to)}`))?.length ?? -1;

  it(
    'comes back from its backup, and every run goes on from where it stood',
    async () => {
      for (const person of NAMES) await tell(person, PEOPLE[person].event);
      await reaches('timer', ({ path: walked }) => walked.length === 1);
      for (const person of NAMES) await reaches(person, ({ status }) => status === 'running');
      await reachesInbox(phoneOf('cascade'));

      const dir = path.join(scratch, 'backup');
      await backup({ dir, dataDir: kairos.dataDir, env: ENV, signal }, (line) => said.push(line));
      await kairos.killEverything();

      // The providers are the outside world: what they were sent stays sent.
      const outside = path.join(scratch, 'sandbox');
      await cp(path.join(kairos.dataDir, 'sandbox'), outside, { recursive: true });
      await rm(kairos.dataDir, { recursive: true });
      await restore({ dir, dataDir: kairos.dataDir, env: ENV, now: Date.now(), signal }, (line) =>
        said.push(line),
      );
      await cp(outside, path.join(kairos.dataDir, 'sandbox'), { recursive: true });
      await kairos.start();

      await tell('viewer', 'Cart Viewed');
      await tell('buyer', 'Order Completed');
      for (const person of NAMES.filter((name) => name !== 'patient')) {
        await reaches(person, ({ status }) => status !== 'running');
      }
      expect(said.join('\n')).toMatch(/Backed up \d+ documents as of .*\n.*\n.*5 runs under way/);
    },
    TIMEOUT_MS,
  );

  it(
    'loses no run with Temporal alone either',
    async () => {
      await kairos.killEverything();
      await rm(path.join(kairos.dataDir, 'temporal'), { recursive: true });
      await kairos.start();
      await tell('patient', 'Cart Viewed');
      await reaches('patient', ({ status }) => status !== 'running');
    },
    TIMEOUT_MS,
  );

  it('has walked every path once and sent every message once', async () => {
    for (const person of NAMES) {
      const runs = await kairos.list<RunView>(`/v1/runs?profile=external:${person}`);
      expect([person, ...(runs ?? []).map(pathOf)]).toEqual([person, PEOPLE[person].path]);
    }
    const inboxes = NAMES.map(async (person) => [
      person,
      await inboxOf(emailOf(person)),
      await inboxOf(phoneOf(person)),
    ]);
    expect(await Promise.all(inboxes)).toEqual([
      ['timer', 1, 1],
      ['viewer', 1, 0],
      ['buyer', 0, 0],
      ['patient', 1, 0],
      ['cascade', 1, 1],
    ]);
  });

  /** `npx kairos restore` in a process of its own, which is `killed` once the folder is under way. */
  const cutOff = async (dataDir: string, killed: NodeJS.Signals): Promise<string> => {
    const record = path.join(dataDir, 'run', 'mongodb.pid');
    const read = (): Promise<string> => readFile(record, 'utf8').catch(() => '');
    const before = await read();
    const args = [COMMAND, 'restore', path.join(scratch, 'backup'), '--data-dir', dataDir];
    const child = spawn(process.execPath, args, { env: ENV, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const hasMongo = async (): Promise<boolean> => !['', before].includes(await read());
    const isUnderWay = await waitUntil(hasMongo, { timeoutMs: 30_000, everyMs: 20 });
    child.kill(killed);
    await exited;
    return isUnderWay ? output : `it was never under way: ${output}`;
  };

  it(
    'is none while its restore was cut off, and is whole when that is repeated',
    async () => {
      const dataDir = path.join(scratch, 'cut-off');
      await cutOff(dataDir, 'SIGKILL');
      await expect(openDataFolder(dataDir)).rejects.toThrow(
        /restore into .*cut-off was begun and is not finished.*npx kairos restore BACKUP/,
      );
      expect(await cutOff(dataDir, 'SIGTERM')).toContain('Stopped: nothing was restored.');
      expect(existsSync(path.join(dataDir, 'kairos.pid'))).toBe(false);
      await expect(openDataFolder(dataDir)).rejects.toThrow(/is not finished/);

      const dir = path.join(scratch, 'backup');
      await restore({ dir, dataDir, env: ENV, now: Date.now(), signal }, () => undefined);
      await openDataFolder(dataDir);
      expect(await readdir(path.join(dataDir, 'run'))).toEqual([]);
      const again = path.join(scratch, 'again');
      await backup({ dir: again, dataDir, env: ENV, signal }, () => undefined);
      const counts = async (folder: string): Promise<[string, number][]> =>
        (await openBackup(folder)).manifest.collections
          .filter(({ documents }) => documents > 0)
          .map(({ name, documents }) => [name, documents]);
      expect(await counts(again)).toEqual(await counts(dir));
    },
    TIMEOUT_MS,
  );

  it(
    'is restored neither over another one nor from a damaged backup',
    async () => {
      const dir = path.join(scratch, 'backup');
      const into = (dataDir: string, env: NodeJS.ProcessEnv = ENV): Promise<void> =>
        restore({ dir, dataDir, env, now: 0, signal }, () => undefined);
      await expect(into(kairos.dataDir)).rejects.toThrow(/is not empty/);
      await expect(
        backup({ dir, dataDir: kairos.dataDir, env: ENV, signal }, () => undefined),
      ).rejects.toThrow(/is there already/);

      const mongo = await openTestDatabase('kairos-restored');
      try {
        const inOwn = { ...ENV, MONGODB_URI: databaseUri('kairos-restored') };
        const file = path.join(dir, 'runs.bson.gz');
        const whole = await readFile(file);
        await writeFile(file, whole.subarray(0, whole.length - 40));
        await expect(into('unused', inOwn)).rejects.toThrow(/backup is damaged: .*runs\.bson\.gz/);
        const left = await mongo.db.listCollections({}, { nameOnly: true }).toArray();
        expect(left.filter(({ name }) => name.startsWith('restoring'))).toEqual([]);
        expect(await mongo.collections.events.countDocuments()).toBe(0);
        // The place is as it was: the repetition from a whole backup finds it empty.
        await writeFile(file, whole);
        await into('unused', inOwn);
        expect(await mongo.collections.runs.countDocuments()).toBe(NAMES.length);
        await expect(into('unused', inOwn)).rejects.toThrow(/is not empty/);
      } finally {
        await mongo.db.dropDatabase();
        await mongo.close();
      }
    },
    TIMEOUT_MS,
  );
});

/** A database of the tests' own server. */
function databaseUri(name: string): string {
  const uri = new URL(process.env.KAIROS_TEST_MONGODB_URI ?? '');
  uri.pathname = `/${name}`;
  return uri.href;
}
