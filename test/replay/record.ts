/**
 * Records the histories of this folder from runs of a real Kairos on servers of its own:
 * npx tsx test/replay/record.ts [FEATURE …]
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { WholeKairos } from '#test/support/whole-kairos.ts';
import { WebhookSink } from '#test/support/webhook-sink.ts';
import { FEATURES, JOURNEYS } from './features.ts';
import { scrubHistory } from './scrub-history.ts';
import { answerCalls, STEP_FEATURES, stepJourneys } from './step-features.ts';
import { prepareSystem, SYSTEM_ENVIRONMENT, SYSTEM_FEATURES } from './system-features.ts';

const OF_RUNS = { ...FEATURES, ...STEP_FEATURES };
const ALL = { ...OF_RUNS, ...SYSTEM_FEATURES };

const FOLDER = new URL('histories/', import.meta.url);
/** Histories of Kairos' own workflows. */
const SYSTEM_FOLDER = new URL('system/', FOLDER);

async function startServers(): Promise<ChildProcess> {
  const servers = fork(fileURLToPath(new URL('../support/servers.ts', import.meta.url)), {
    execArgv: ['--import', import.meta.resolve('tsx')],
  });
  const [addresses] = (await once(servers, 'message')) as [Record<string, string>];
  Object.assign(process.env, addresses);
  return servers;
}

async function record(kairos: WholeKairos, name: string): Promise<void> {
  const runId = await ALL[name]?.(kairos, name);
  if (runId === undefined) throw new Error(`There is no feature called ${name}.`);
  const history = await kairos.temporal.workflow.getHandle(runId).fetchHistory();
  const folder = name in SYSTEM_FEATURES ? SYSTEM_FOLDER : FOLDER;
  await writeFile(new URL(`${name}.json`, folder), scrubHistory(history));
  console.log(`${name}: ${String(history.events?.length ?? 0)} events`);
}

/** Runs of journeys, on a Kairos where no provider has a rate of its own. */
async function recordRuns(names: readonly string[]): Promise<void> {
  const receiver = await WebhookSink.start();
  answerCalls(receiver);
  const kairos = await WholeKairos.start('replay-record');
  try {
    await kairos.putLibraryTemplates('cart-reminder');
    const journeys = [...JOURNEYS, ...stepJourneys(receiver.url)];
    for (const journey of journeys) await kairos.publish(journey);
    for (const name of names) await record(kairos, name);
  } finally {
    await kairos.stop();
    await receiver.close();
  }
}

async function recordSystem(names: readonly string[]): Promise<void> {
  const kairos = await WholeKairos.start('replay-record-system', { env: SYSTEM_ENVIRONMENT });
  try {
    await prepareSystem(kairos);
    for (const name of names) await record(kairos, name);
  } finally {
    await kairos.stop();
  }
}

const wanted = process.argv.slice(2);
const names = wanted.length > 0 ? wanted : Object.keys(ALL);
const unknown = names.filter((name) => !(name in ALL));
if (unknown.length > 0) throw new Error(`There is no feature called ${unknown.join(', ')}.`);
const [ofRuns, ofSystem] = [OF_RUNS, SYSTEM_FEATURES].map((some) =>
  names.filter((name) => name in some),
);
const servers = await startServers();
try {
  await mkdir(SYSTEM_FOLDER, { recursive: true });
  if (ofRuns?.length) await recordRuns(ofRuns);
  if (ofSystem?.length) await recordSystem(ofSystem);
} finally {
  const gone = once(servers, 'exit');
  servers.disconnect();
  await gone;
}
