import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { freePorts } from '#cli/embedded/ports.ts';
import { waitUntil } from '#cli/wait-until.ts';
import {
  groupRuns,
  signalGroup,
  startKairos,
  type StartedKairos,
  untilReady,
} from '#test/support/start-kairos.ts';

const another = async (): Promise<number> => (await freePorts(1))[0] ?? 0;

/** The promise is 15 s; nothing may be left after it. */
const END_WITHIN_MS = 15_000;

const TEST_TIMEOUT_MS = 180_000;

describe('npm start', () => {
  let scratch: string;
  let dataDir: string;
  let port: number;
  const started: StartedKairos[] = [];

  const start = (request: Partial<Parameters<typeof startKairos>[0]> = {}): StartedKairos => {
    const kairos = startKairos({ port, dataDir, ...request });
    started.push(kairos);
    return kairos;
  };

  /** Reads or writes the embedded MongoDB as the operator would. */
  async function withMongo<T>(work: (client: MongoClient) => Promise<T>): Promise<T> {
    const ports = JSON.parse(await readFile(path.join(dataDir, 'run', 'ports.json'), 'utf8')) as {
      mongo: number;
    };
    const client = new MongoClient(`mongodb://127.0.0.1:${String(ports.mongo)}/?replicaSet=rs0`);
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  }
  const countMarks = (): Promise<number> =>
    withMongo((client) => client.db('launcher').collection('marks').countDocuments());

  beforeAll(async () => {
    scratch = await mkdtemp(path.join(os.tmpdir(), 'kairos-launcher-'));
    dataDir = path.join(scratch, 'data');
    [port = 0] = await freePorts(1);
    await untilReady(start());
  }, TEST_TIMEOUT_MS);

  afterAll(async () => {
    for (const kairos of started) {
      signalGroup(kairos, 'SIGTERM');
    }
    await waitUntil(() => !started.some(groupRuns), { timeoutMs: END_WITHIN_MS });
    for (const kairos of started) signalGroup(kairos, 'SIGKILL');
    await rm(scratch, { recursive: true, force: true });
  }, TEST_TIMEOUT_MS);

  it('says where to look, and shows the keys that only their owner can read', async () => {
    const output = started[0]?.output() ?? '';
    await waitUntil(() => started[0]?.output().includes('Ctrl-C') === true, { timeoutMs: 5_000 });
    const keys = await readFile(path.join(dataDir, 'keys'), 'utf8');
    const [, adminKey = 'none'] = /^KAIROS_ADMIN_KEY=(.*)$/m.exec(keys) ?? [];
    const shown = started[0]?.output() ?? output;
    for (const what of ['/docs', 'Temporal UI', 'sandbox inbox', adminKey]) {
      expect(shown).toContain(what);
    }
    expect((await stat(path.join(dataDir, 'keys'))).mode & 0o777).toBe(0o600);
  });

  it('serves the demo page, which speaks to Kairos by the browser key of the keys file', async () => {
    const keys = await readFile(path.join(dataDir, 'keys'), 'utf8');
    const [, browserKey = 'none'] = /^KAIROS_BROWSER_KEY=(.*)$/m.exec(keys) ?? [];
    const answer = await fetch(`http://127.0.0.1:${String(port)}/demo`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain(`data-write-key="${browserKey}"`);
  });

  it('has nobody in it, and no demo shop to come, where --empty was said', async () => {
    const people = await withMongo((client) =>
      client.db('kairos').collection('profiles').countDocuments(),
    );
    expect(people).toBe(0);
    expect(await readdir(path.join(dataDir, 'run'))).not.toContain('demo-shop');
    expect(started[0]?.output()).not.toContain("The shop's year");
  });

  it(
    'brings the year of the demo shop in where nothing was said',
    async () => {
      const shown = start({
        args: [],
        dataDir: path.join(scratch, 'shown'),
        port: await another(),
      });
      const isIn = (): boolean => /The shop's year: .* are in \(/.test(shown.output());
      await waitUntil(isIn, { timeoutMs: TEST_TIMEOUT_MS });
      expect(shown.output()).toMatch(/The shop's year: .* are in \(\d+ % of the orders/);
      signalGroup(shown, 'SIGKILL');
      await shown.exited;
    },
    TEST_TIMEOUT_MS,
  );

  it('refuses a second start on the same data, and says what to do', async () => {
    const second = start({ port: await another() });
    expect(await second.exited).toBe(1);
    expect(second.output()).toMatch(/runs on .* already \(process \d+\)/);
    expect(second.output()).toContain('--data-dir');
  });

  it('refuses a port in use, and says what to do', async () => {
    const second = start({ dataDir: path.join(scratch, 'other') });
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`Port ${String(port)} is in use`);
    expect(second.output()).toContain('--port');
  });

  it("leaves another program's folder alone", async () => {
    const foreign = path.join(scratch, 'foreign');
    await mkdir(foreign);
    await writeFile(path.join(foreign, 'photo.jpg'), 'x');
    const second = start({ dataDir: foreign });
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain('files of another program');
  });

  it('refuses unknown options, bad keys and a Node.js that is too old', async () => {
    const unknown = start({ args: ['--prot', '1'] });
    const badKey = start({
      dataDir: path.join(scratch, 'bad-key'),
      port: await another(),
      env: { KAIROS_ADMIN_KEY: 'short' },
    });
    expect(await unknown.exited).toBe(2);
    expect(unknown.output()).toContain("'--prot'");
    expect(await badKey.exited).toBe(1);
    expect(badKey.output()).toContain('KAIROS_ADMIN_KEY must be 20 or more');
    const ask = `import('./cli/prepare.mjs').then((m) => console.log(m.nodeProblem('20.18.3')))`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', ask]);
    expect(stdout).toContain('needs Node.js 20.19 or newer');
  });

  it(
    'ends what a killed starter left over, and goes on with the same data',
    async () => {
      const [first] = started;
      if (first === undefined) throw new Error('nothing was started');
      await withMongo((client) => client.db('launcher').collection('marks').insertOne({ mark: 1 }));
      first.process.kill('SIGKILL');
      await first.exited;
      const second = start();
      // What the killed one left over may answer for a moment more.
      await waitUntil(() => second.output().includes('left over'), { timeoutMs: TEST_TIMEOUT_MS });
      await untilReady(second);
      expect(second.output()).toMatch(/Ending mongodb \(process \d+\), left over/);
      expect(await countMarks()).toBe(1);
      expect(second.output()).not.toContain('admin key       ');
      await waitUntil(() => !groupRuns(first), { timeoutMs: END_WITHIN_MS });
      expect(groupRuns(first)).toBe(false);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'goes on after SIGKILL of everything, and ends without leaving a process',
    async () => {
      const killed = started.find(groupRuns);
      if (killed === undefined) throw new Error('nothing runs');
      signalGroup(killed, 'SIGKILL');
      await killed.exited;
      const last = start({ npm: true });
      await untilReady(last);
      expect(await countMarks()).toBe(1);
      // To npm alone, as a supervisor of services does it.
      last.process.kill('SIGTERM');
      await waitUntil(() => !groupRuns(last), { timeoutMs: END_WITHIN_MS });
      expect(groupRuns(last)).toBe(false);
      const left = [...(await readdir(dataDir)), ...(await readdir(path.join(dataDir, 'run')))];
      expect(left.filter((name) => name.includes('.pid'))).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );
});
