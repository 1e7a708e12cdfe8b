import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { Disturbances } from './audit/disturbances.ts';
import { noExcuses } from './audit/excuses.ts';
import type { Finding } from './audit/findings.ts';
import { Installation, receiptWaitS } from './installation.ts';
import { type Chronicle, Journal, readJournal } from './journal.ts';
import type { KairosClient } from './kairos-client.ts';
import { inventCustomers, Load, reasonOf } from './load.ts';
import { type Report, totalsOf } from './report.ts';
import type { Say } from './say.ts';
import { SeededRandom } from './seeded-random.ts';
import { settle, type WholeAudit } from './settle.ts';
import { JOURNEYS, TEMPLATE } from './shop/journeys.ts';
import { SEGMENTS } from './shop/segments.ts';
import { isShortRun, paceFor } from './shop/stories.ts';
import { Villain } from './villain.ts';

const MINUTE_MS = 60_000;
/** New customers come for this share of the time, the villain rages a little longer. */
const COMING = 0.8;
const RAGING = 0.9;
/** Customers a second; each makes about fifteen events. Two cores carry that beside the villain. */
const CUSTOMERS_PER_S = 3;
/** Every customer has a phone number of four digits. */
const CUSTOMERS_MAX = 9_000;
const NEWS_EVERY_MS = 10_000;

export interface ChaosRequest {
  minutes: number;
  seed: number;
  /** Keeps the data folder also when nothing was found. */
  keep: boolean;
  say: Say;
  /** Most time for everything to settle after the last deed. */
  settleMs?: number;
}

/** Longest patience of a rehearsed run (two and a half minutes) and a calm look around. */
const SETTLE_MS = 300_000;
/** Beyond the time to settle, for the last look at everybody. */
const LAST_LOOK_MS = 120_000;

/** One whole chaos run: start, live, rage, settle, audit. Everything it started is ended. */
export async function runChaos(request: ChaosRequest): Promise<Report> {
  const { say } = request;
  const kairos = await Installation.make(isShortRun(request.minutes));
  let keep = true;
  const bound = new AbortController();
  const endOnSignal = (): void => {
    void kairos.end(false).finally(() => process.exit(130));
  };
  process.once('SIGINT', endOnSignal);
  process.once('SIGTERM', endOnSignal);
  try {
    await kairos.disks.mount();
    if (kairos.disks.skipped !== null) say(`no disk will be filled: ${kairos.disks.skipped}`);
    say(`starting Kairos in ${kairos.folder}`);
    const client = await kairos.start();
    const report = await rageAndJudge(request, kairos, client, bound);
    keep = request.keep || report.findings.length > 0;
    return { ...report, kept: keep ? kairos.folder : null };
  } finally {
    // However it ends, nobody goes on calling a Kairos that is taken away.
    bound.abort();
    process.off('SIGINT', endOnSignal);
    process.off('SIGTERM', endOnSignal);
    if (keep) writeFileSync(path.join(kairos.folder, 'launcher.log'), kairos.output);
    await kairos.end(keep);
  }
}

async function rageAndJudge(
  { minutes, seed, say, settleMs = SETTLE_MS }: ChaosRequest,
  kairos: Installation,
  client: KairosClient,
  bound: AbortController,
): Promise<Report> {
  const random = new SeededRandom(seed);
  const forMs = minutes * MINUTE_MS;
  const { signal } = bound;
  await openShop(client, signal);
  const count = Math.round((forMs / 1_000) * COMING * CUSTOMERS_PER_S);
  const customers = inventCustomers(Math.min(count, CUSTOMERS_MAX), random.fork());
  const journal = new Journal(path.join(kairos.folder, 'journal.ndjson'));
  const deps = { kairos: client, journal, random: random.fork(), pace: paceFor(minutes), signal };
  const load = new Load(deps);
  await load.putRules(customers);
  say(`${String(customers.length)} customers come in; the seed is ${String(seed)}`);
  const note = (deed: Chronicle['deeds'][number]): void => {
    journal.write({ kind: 'deed', ...deed });
  };
  const villain = new Villain(kairos, random.fork(), { say, note, minutes });
  const news = tellNews(load, { journal, client, say }, signal);
  const lives = load.run(customers, forMs * COMING);
  await villain.rage(forMs * RAGING);
  say('the villain is done; letting everything settle');
  const giveUpAt = performance.now() + settleMs;
  const late = setTimeout(() => {
    bound.abort();
  }, settleMs);
  await lives;
  clearTimeout(late);
  const withinMs = Math.max(0, giveUpAt - performance.now());
  const audit = await judge(client, readJournal(journal.file), { withinMs, minutes, say });
  bound.abort();
  await news;
  return {
    seed,
    minutes,
    deeds: Object.fromEntries(villain.deeds),
    disksSkipped: kairos.disks.skipped,
    customers: customers.length,
    unfinished: customers.length - load.finished,
    sent: load.events,
    repeated: client.repeated,
    answered: load.answered,
    ...totalsOf(audit.seen, audit.everything),
    reconciled: audit.reconciled,
    findings: [...unfinished(load), ...audit.findings],
    excused: audit.excused,
    kept: null,
  };
}

/** A Kairos that does not answer the auditor is a finding and not the end of the program. */
async function judge(
  client: KairosClient,
  { records, deeds }: Chronicle,
  { withinMs, minutes, say }: { withinMs: number; minutes: number; say: Say },
): Promise<WholeAudit> {
  const disturbances = new Disturbances(deeds, receiptWaitS(isShortRun(minutes)) * 1_000);
  const signal = AbortSignal.timeout(Math.ceil(withinMs) + LAST_LOOK_MS);
  try {
    return await settle(client, { records, disturbances }, { withinMs, say, signal });
  } catch (error) {
    const detail = `nothing could be judged: ${reasonOf(error)}`;
    const finding: Finding = { kind: 'unfinished', customer: null, story: null, detail };
    const everything = { runs: [], messages: [], letters: [] };
    return {
      findings: [finding],
      excused: noExcuses(),
      seen: new Map(),
      everything,
      reconciled: 0,
    };
  }
}

/** Customers named in one finding; more of them say the same. */
const NAMED_MAX = 10;

function unfinished({ stuck }: Load): Finding[] {
  return [...stuck].map(([reason, ids]) => {
    const more = ids.length > NAMED_MAX ? ' …' : '';
    const names = `${ids.slice(0, NAMED_MAX).join(', ')}${more}`;
    const detail = `${String(ids.length)} customers could not go on (${names}): ${reason}`;
    return { kind: 'unfinished', customer: null, story: null, detail };
  });
}

async function openShop(client: KairosClient, signal: AbortSignal): Promise<void> {
  const put = async (method: 'PUT' | 'POST', route: string, body?: string): Promise<void> => {
    const call = { method, route, ...(body === undefined ? {} : { body }) };
    const answer = await client.insist(() => client.admin(call), signal);
    if (answer.status >= 300) throw new Error(`${method} ${route}: ${answer.text}`);
  };
  await put('PUT', `/v1/templates/${TEMPLATE.key}`, stringify(TEMPLATE));
  for (const { key, ...segment } of SEGMENTS) {
    await put('PUT', `/v1/segments/${key}`, stringify(segment));
  }
  for (const journey of JOURNEYS) {
    await put('PUT', `/v1/journeys/${journey.key}`, stringify(journey));
    await put('POST', `/v1/journeys/${journey.key}/publish`);
  }
}

/** Every ten seconds: how much comes in, and how much waits for an answer. */
async function tellNews(
  load: Load,
  { journal, client, say }: { journal: Journal; client: KairosClient; say: Say },
  signal: AbortSignal,
): Promise<void> {
  let before = 0;
  const waited = (): Promise<boolean> => sleep(NEWS_EVERY_MS, true, { signal }).catch(() => false);
  while (await waited()) {
    if (load.underWay === 0) continue;
    const perSecond = ((load.answered - before) * 1_000) / NEWS_EVERY_MS;
    before = load.answered;
    say(
      `${perSecond.toFixed(0)} events/s answered (${String(journal.answered)} calls), ` +
        `${String(client.waiting)} requests wait, ` +
        `${String(load.underWay)} customers under way, ${String(load.finished)} done`,
    );
  }
}
