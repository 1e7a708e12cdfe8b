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

const ALL = { ...FEATURES, ...STEP_FEATURES };

const FOLDER = new URL('histories/', import.meta.url);

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
  await writeFile(new URL(`${name}.json`, FOLDER), scrubHistory(history));
  console.log(`${name}: ${String(history.events?.length ?? 0)} events`);
}

const wanted = process.argv.slice(2);
const names = wanted.length > 0 ? wanted : Object.keys(ALL);
const servers = await startServers();
const receiver = await WebhookSink.start();
answerCalls(receiver);
const kairos = await WholeKairos.start('replay-record');
try {
  await mkdir(FOLDER, { recursive: true });
  await kairos.putLibraryTemplates('cart-reminder');
  const journeys = [...JOURNEYS, ...stepJourneys(receiver.url)];
  for (const journey of journeys) await kairos.publish(journey);
  for (const name of names) await record(kairos, name);
} finally {
  await kairos.stop();
  await receiver.close();
  const gone = once(servers, 'exit');
  servers.disconnect();
  await gone;
}
