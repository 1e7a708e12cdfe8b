import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { historyToJson } from '#cli/commands/history-json.ts';
import { writeAddress } from '#cli/embedded/address.ts';
import { expectedOf, ordersFile, shownOf } from './support/orders-file.ts';
import { freePort } from './support/sandbox-process.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const COMMAND = path.join(ROOT, 'cli', 'kairos.mjs');
const ADMIN_KEY = 'admin-key-of-whole-kairos';

/** A run's id as the documents show one. */
const SHOWN_ID = /\b[0-9a-hjkmnp-tv-z]{26}\b/g;

const cart = {
  key: 'abandoned-cart',
  name: 'Abandoned cart',
  entry: { event: 'Product Added', key: 'properties.cart_id', reentry: 'always' },
  start: 'remind',
  steps: {
    remind: { send: { template: 'cart-reminder', channel: 'email' }, next: 'again' },
    again: {
      waitFor: { event: 'Cart Viewed', timeout: 'P1D' },
      next: { received: 'leave', timeout: 'leave' },
    },
    leave: { end: 'done' },
  },
};

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

let kairos: WholeKairos;
let folder: string;
let runId: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kairos-command-'));
  kairos = await WholeKairos.start('kairos-command');
  await kairos.putLibraryTemplates('cart-reminder');
  await kairos.publish(cart);
  await kairos.track('identify', { userId: '42', traits: { email: 'anna@shop.example' } });
  const properties = { cart_id: 'c1', price: 10, name: 'Red shoes', url: 'https://shop.example/1' };
  await kairos.track('track', { userId: '42', event: 'Product Added', properties });
  runId = await kairos.until('a run that waits', async () => {
    const [run] = await kairos.runs('profile=external:42');
    return run?.path[0]?.outcome === 'sent' ? run.id : null;
  });
  const history = await kairos.temporal.workflow.getHandle(runId).fetchHistory();
  await writeFile(path.join(folder, 'history.json'), JSON.stringify(historyToJson(history)));
  await mkdir(path.join(folder, 'data', 'run'), { recursive: true });
  await writeAddress(path.join(folder, 'data', 'run'), kairos.url);
  await writeFile(
    path.join(folder, 'data', 'keys'),
    `KAIROS_ADMIN_KEY=new-key-that-holds-from-next-start\nKAIROS_ADMIN_KEY_PREVIOUS=${ADMIN_KEY}\nKAIROS_WRITE_KEY=write-key-of-whole-kairos\n`,
  );
}, 120_000);
afterAll(async () => {
  await kairos.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the command in the test's folder, with nothing of this run's settings but what is given. */
function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const surroundings = { PATH: process.env.PATH, HOME: process.env.HOME, ...env };
    const options = { cwd: folder, env: surroundings, maxBuffer: 10_000_000 };
    execFile(process.execPath, [COMMAND, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? -1);
      resolve({ code, stdout, stderr });
    });
  });
}

/** As an operator sets it up for an installation that is not in this folder. */
function named(): Record<string, string> {
  return {
    KAIROS_URL: kairos.url,
    KAIROS_ADMIN_KEY: ADMIN_KEY,
    KAIROS_DATA_DIR: path.join(folder, 'data'),
    TEMPORAL_ADDRESS: process.env.KAIROS_TEST_TEMPORAL_ADDRESS ?? '',
    TEMPORAL_NAMESPACE: kairos.namespace,
  };
}

/** The words of each `npx kairos` line of docs/cli.md. */
async function documented(): Promise<string[][]> {
  const text = await readFile(path.join(ROOT, 'docs', 'cli.md'), 'utf8');
  const lines = [...text.matchAll(/^\$ npx kairos (.*)$/gm)].map(([, line = '']) => line);
  return lines.map((line) => line.replaceAll(SHOWN_ID, runId).split(' '));
}

/** These start or change an installation, take minutes, or ask DNS: other tests do what they do. */
const HEAVY = new Set(['up', 'chaos', 'bench', 'backup', 'restore', 'keys', 'mail']);
/** Of these each has commands of its own. */
const PARENTS = new Set(['keys', 'mail']);

describe('docs/cli.md', () => {
  it('shows commands that work as they are written', async () => {
    const shown = await documented();
    const tried = shown.filter(([command = '']) => !HEAVY.has(command));
    expect(tried.length).toBeGreaterThanOrEqual(6);
    for (const words of tried) {
      const { code, stderr } = await run(words, named());
      expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: '' });
    }
  }, 240_000);

  it('names only commands and options that there are, and each shows examples of its own', async () => {
    for (const words of (await documented()).filter(([command = '']) => HEAVY.has(command))) {
      const command = words.slice(0, PARENTS.has(words[0] ?? '') ? 2 : 1);
      const { code, stdout } = await run([...command, '-h']);
      expect(code).toBe(0);
      expect(stdout).toContain('Examples:');
      for (const option of words.filter((word) => word.startsWith('--'))) {
        expect(stdout).toContain(`${option} `);
      }
    }
  }, 120_000);
});

describe('the kairos command', () => {
  it('tells support the way from an address to the path, the message and Temporal', async () => {
    const { stdout } = await run(['explain-run', 'anna@shop.example'], named());
    expect(stdout).toContain(`Run ${runId} of abandoned-cart (Abandoned cart), version 1`);
    expect(stdout).toMatch(/remind +"cart-reminder" by e-mail was handed to the provider/);
    expect(stdout).toMatch(/now +again +waits for the event "Cart Viewed", until 20/);
    expect(stdout).toMatch(/email "cart-reminder" at remind: (sent|delivered) \(sendgrid, en\)/);
    expect(stdout).toContain(`/workflows/${runId}/`);
  });

  it('finds an installation by its data folder, also between a change of keys and the next start', async () => {
    const { code, stdout } = await run(['status', '--data-dir', 'data']);
    expect(code).toBe(0);
    expect(stdout).toContain(`Kairos at ${kairos.url} is ready.`);
    expect(stdout).toMatch(/runs +1 running/);
  });

  it('names the versions of all it runs with', async () => {
    const { stdout } = await run(['status'], named());
    expect(stdout).toMatch(
      /versions +Kairos [\d.]+, Node\.js [\d.]+, MongoDB [\d.]+, Temporal [\d.]+\n/,
    );
  });

  it('answers programs in JSON', async () => {
    const runs = await run(['runs', '--profile', 'anna@shop.example', '--json'], named());
    expect(JSON.parse(runs.stdout)).toMatchObject([{ id: runId, status: 'running' }]);
    const status = await run(['status', '--json'], named());
    expect(JSON.parse(status.stdout)).toMatchObject({ ready: true, journeys: { live: 1 } });
  });

  it('brings a file of orders in, of which profiles show what a direct sum of it says', async () => {
    const file = ordersFile(100);
    await writeFile(path.join(folder, 'orders.csv'), file.text);
    await writeFile(path.join(folder, 'orders.yaml'), stringify(file.map));
    const words = ['import', 'orders.csv', '--as', 'orders', '--map', 'orders.yaml'];
    const { code, stdout, stderr } = await run(words, named());
    const [rows, taken, left] = [file.rows, file.rows - file.returns, file.returns].map(String);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`${rows} rows: ${taken} accepted, 0 rejected, ${left} skipped.`);
    expect(await shownOf(kairos, file)).toEqual(expectedOf(file));
  });

  it('says that a history does not replay', async () => {
    const kept = path.join(ROOT, 'test', 'replay', 'histories', 'open-in-timer.json');
    const { events } = JSON.parse(await readFile(kept, 'utf8')) as { events: object[] };
    // As if older code had asked for an activity where the present one sleeps.
    const activity = {
      eventType: 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED',
      activityTaskScheduledEventAttributes: {
        activityId: '1',
        activityType: { name: 'somethingElse' },
        taskQueue: { name: 'elsewhere' },
        workflowTaskCompletedEventId: '4',
      },
    };
    const last = { eventId: String(events.length), ...activity };
    const older = path.join(folder, 'older.json');
    await writeFile(older, JSON.stringify({ events: [...events.slice(0, -1), last] }));
    const { code, stdout } = await run(['replay', '--file', older, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([{ run: 'older', replays: false }]);
  });

  it('tells with its exit code and a sentence what went wrong, and never a key', async () => {
    const nobody = await run(['explain-run', 'nobody@shop.example'], named());
    expect(nobody).toMatchObject({ code: 1, stdout: '' });
    expect(nobody.stderr).toContain('No customer is known by this');
    expect(nobody.stderr).not.toContain('nobody@');

    const mistyped = await run(['runs', '--journey', 'nope', '--json'], named());
    expect(mistyped).toMatchObject({ code: 1, stdout: '' });
    expect(mistyped.stderr).toContain('There is no journey `nope`.');

    expect(await run(['runs', '--limit', '0'], named())).toMatchObject({ code: 2 });
    expect(await run(['replay'], named())).toMatchObject({ code: 2 });

    const wrong = 'a-key-that-is-none-of-this-one';
    const refused = await run(['runs'], { ...named(), KAIROS_ADMIN_KEY: wrong });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('does not take this key');
    expect(refused.stdout + refused.stderr).not.toContain(wrong);

    const url = `http://127.0.0.1:${String(await freePort())}`;
    const away = await run(['status', '--url', url], named());
    expect(away.code).toBe(3);
    expect(away.stderr).toContain('npx kairos up');
  });

  it('sends the key of a data folder to this machine only', async () => {
    const { code, stderr } = await run([
      'runs',
      '--data-dir',
      'data',
      '--url',
      'http://kairos.invalid',
    ]);
    expect(code).toBe(3);
    expect(stderr).toContain('No admin key is known for http://kairos.invalid');
  });

  // The last of all: what it ends is missed by the others.
  it('ends with 1 while a check fails', async () => {
    await kairos.kill('sandbox');
    const { code, stdout } = await run(['status'], named());
    expect(code).toBe(1);
    expect(stdout).toContain('NOT ready');
    expect(stdout).toContain('sandbox failing');
  });
});
