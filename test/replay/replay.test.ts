import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DeterminismViolationError } from '@temporalio/workflow';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { bundleWorkflows, type Bundles } from '#worker/bundles.ts';
import { historyFromJson } from '#cli/commands/history-json.ts';
import { machineName, NEUTRAL_IDENTITY } from './scrub-history.ts';

const HISTORIES = new URL('histories/', import.meta.url);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUNDLE_TIMEOUT_MS = 120_000;

/** One kept history, as text. */
function read(file: string): Promise<string> {
  return readFile(new URL(file, HISTORIES), 'utf8');
}

/** On the bundle whose worker would be given it. */
async function replay({ journeys, system }: Bundles, file: string): Promise<void> {
  const workflowBundle = file.startsWith(SYSTEM) ? system : journeys;
  const history = historyFromJson(JSON.parse(await read(file)));
  await Worker.runReplayHistory({ workflowBundle }, history, path.basename(file, '.json'));
}

/** The bundles of another checkout, as its workers would run them. */
async function bundlesOf(root: string): Promise<Bundles> {
  const theirs = (await import(path.join(root, 'worker', 'bundles.ts'))) as {
    bundleWorkflows: () => Promise<Bundles>;
  };
  return theirs.bundleWorkflows();
}

/** Everything a history says: what lies in its payloads, too, which are JSON in base64. */
function spoken(text: string): string {
  return text.replaceAll(/"data": "([A-Za-z0-9+/=]+)"/g, (_, base64: string) =>
    Buffer.from(base64, 'base64').toString('utf8'),
  );
}

/** Histories of runs in the folder itself, those of Kairos' own workflows in one within. */
const SYSTEM = 'system/';
const files = (await readdir(HISTORIES, { recursive: true }))
  .filter((name) => name.endsWith('.json'))
  .sort();

let bundles: Bundles;
beforeAll(async () => {
  // A failed replay is this test's to tell, not the log's.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) },
    },
  });
  bundles = await bundleWorkflows();
}, BUNDLE_TIMEOUT_MS);

describe('a recorded history', () => {
  it.each(files)('%s replays on the workflow code of today', async (file) => {
    await expect(replay(bundles, file)).resolves.toBeUndefined();
  });

  it('is there of what was open, too: of runs, campaigns, messages, an erasure and an owner', async () => {
    const open: string[] = [];
    for (const file of files) {
      const text = await read(file);
      if (!/EVENT_TYPE_WORKFLOW_EXECUTION_(COMPLETED|CONTINUED)/.test(text)) open.push(file);
    }
    expect(open).toEqual(
      expect.arrayContaining([
        ...[
          'open-in-timer.json',
          'open-in-wait-for.json',
          'open-in-webhook.json',
          'open-parked.json',
          'open-in-task.json',
          'system/open-campaign-before-start.json',
          'system/open-campaign-paused.json',
          'system/open-campaign-queued.json',
          'system/open-message-queued.json',
          'system/open-erasure-of-a-file.json',
          'system/open-owner.json',
        ],
      ]),
    );
  });

  it.each(files)('%s holds no personal data and nothing of a machine', async (file) => {
    const text = spoken(await read(file));
    const identities = text.match(/(?<="identity": ")[^"]*/g);
    expect(new Set(identities)).toEqual(new Set([NEUTRAL_IDENTITY]));
    // An e-mail address, and how a process is called: its number at its machine.
    expect(text).not.toMatch(/[\w.+-]+@[\w-]+(\.[\w-]+)*\.[a-z]{2,}\b/i);
    expect(text).not.toMatch(/\d@/);
    expect(text).not.toMatch(/shoes|shop\.example|\+\d{7}|external:/i);
    expect(text).not.toMatch(/\/(home|root|tmp|work|usr|Users|node_modules)\b|file:\/\//);
    expect(text).not.toMatch(/"stackTrace"/);
    expect(text).not.toMatch(machineName());
  });
});

describe('a workflow whose commands changed', () => {
  let copy: string;
  let changed: Bundles;

  beforeAll(async () => {
    copy = await mkdtemp(path.join(os.tmpdir(), 'kairos-changed-'));
    for (const part of ['workflows', 'domain', 'activities', 'worker', 'package.json']) {
      await cp(path.join(ROOT, part), path.join(copy, part), { recursive: true });
    }
    await symlink(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
    await addTimer('run-journey.ts', /const inbox = new Inbox\(\);/);
    await addTimer('system.ts', /async function (erasePerson|ownPartitions)\(input: \w+\).*\{/g);
    await addTimer('send.ts', /async function (sendCampaign|sendMessage)\(input: \w+\).*\{/g);
    changed = await bundlesOf(copy);
  }, BUNDLE_TIMEOUT_MS);

  /** Behind each place that is met. */
  async function addTimer(name: string, place: RegExp): Promise<void> {
    const file = path.join(copy, 'workflows', name);
    const code = await readFile(file, 'utf8');
    if (code.search(place) < 0) throw new Error(`the place to change is gone from ${name}`);
    const withTimer = code
      .replace(place, "$&\n  await oneTimerMore('1s');")
      .replace(/^import/, "import { sleep as oneTimerMore } from '@temporalio/workflow';\nimport");
    await writeFile(file, withTimer);
  }

  afterAll(() => rm(copy, { recursive: true, force: true }));

  it.each(files)('does not replay %s', async (file) => {
    await expect(replay(changed, file)).rejects.toThrow(DeterminismViolationError);
  });

  it('has a bundle of its own, which is kept for the next start and for no other code', async () => {
    const { code } = changed.journeys;
    expect(code === bundles.journeys.code).toBe(false);
    const kept = path.join(ROOT, 'node_modules', '.cache', 'kairos-workflows');
    const names = (await readdir(kept)).map((name) => path.join(kept, name));
    const texts = await Promise.all(names.map((name) => readFile(name, 'utf8')));
    const place = names[texts.indexOf(code)] ?? 'nowhere';
    await writeFile(place, '// as it was kept');
    expect((await bundlesOf(copy)).journeys.code).toBe('// as it was kept');
    await rm(place);
  });
});
