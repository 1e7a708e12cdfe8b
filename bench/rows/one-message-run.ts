import { randomUUID } from 'node:crypto';
import { awaitClosed, closedCount } from '../await-closed.ts';
import type { Ground, Spent } from '../ground.ts';
import { expectMails } from '../inbox.ts';
import { BARE, USUAL_SHAPE, type StartRequest } from '../limits/contract.ts';
import type { LimitsProcess } from '../limits/limits-process.ts';
import { batches, customerId, inLanes, post, range } from '../load.ts';
import {
  awaitEnded,
  cartLeft,
  CART,
  JOURNEY,
  ONE_MESSAGE,
  prepareOneMessage,
} from '../one-message-journey.ts';
import { expectCount, warmedUp, type Figures, type Row, type Side } from '../row.ts';
import { USUAL_LEDGER, type UsualMessage } from '../usual-shape/activities.ts';
import type { UsualInput } from '../usual-shape/workflow.ts';

const RUNS = { full: 500, quick: 100, smoke: 12 };
const WARM_UP = 300;
const WITHIN_MS = 180_000;

/** Starts under way at once on the side of the limits. */
const STARTS_AT_ONCE = 50;
/** Workflows asked about at once, when nothing is measured. */
const DESCRIBED_AT_ONCE = 20;

const RATE = { figure: 'perSecond', unit: '/s' } as const;
const COST = { figure: 'cpuMs', unit: 'ms' } as const;
/**
 * Kairos starts its runs eagerly. The bare workflow is started both ways in each round, and the
 * better of the two is the limit.
 */
const BARE_SIDES = ['bare', 'bareEager'];
const BARE_LABEL = 'bare workflow, one activity';
const USUAL_LABEL = 'usual shape, seven activities';

export const oneMessageRun: Row = {
  name: 'one-message-run',
  title: 'A run of one message, from the event to the ended run',
  lines: [
    {
      what: 'runs per second',
      side: 'kairos',
      ...RATE,
      against: { side: BARE_SIDES, label: BARE_LABEL, better: 'more', target: 1 },
    },
    {
      what: 'runs per second',
      side: 'kairos',
      ...RATE,
      against: { side: 'usual', label: USUAL_LABEL, better: 'more', target: 2.5 },
    },
    {
      what: 'CPU per run, servers and own processes',
      side: 'kairos',
      ...COST,
      against: { side: BARE_SIDES, label: BARE_LABEL, better: 'less' },
    },
    {
      what: 'CPU per run, servers and own processes',
      side: 'kairos',
      ...COST,
      against: { side: 'usual', label: USUAL_LABEL, better: 'less' },
    },
    {
      what: 'history of a run, at most',
      side: 'kairos',
      figure: 'historyEvents',
      unit: 'events',
      atMost: 14,
    },
    { what: 'history of a run, at most', side: 'kairos', figure: 'historyBytes', unit: 'bytes' },
    { what: 'CPU per run: worker', side: 'kairos', figure: 'workerMs', unit: 'ms' },
    { what: 'CPU per run: API', side: 'kairos', figure: 'apiMs', unit: 'ms' },
    { what: 'CPU per run: sandbox', side: 'kairos', figure: 'sandboxMs', unit: 'ms' },
    { what: 'CPU per run: MongoDB', side: 'kairos', figure: 'mongodMs', unit: 'ms' },
    { what: 'CPU per run: Temporal', side: 'kairos', figure: 'temporalMs', unit: 'ms' },
  ],
  async prepare(ground) {
    const count = ground.scale(RUNS);
    const limits = await prepareOneMessage(ground, count);
    const sidesOf = (runs: number): Record<string, Side> => ({
      kairos: kairosSide(ground, runs),
      bare: bareSide(ground, limits, { count: runs, isEager: false }),
      bareEager: bareSide(ground, limits, { count: runs, isEager: true }),
      usual: usualSide(ground, limits, runs),
    });
    return warmedUp(sidesOf, count, WARM_UP);
  },
};

function kairosSide(ground: Ground, count: number): Side {
  const { kairos } = ground;
  const { runs, messages, profiles } = kairos.mongo.collections;
  return async () => {
    const since = Date.now();
    const closedBefore = await closedCount(kairos.temporal, JOURNEY);
    const calls = range(0, count).map(cartLeft);
    const clock = ground.clock();
    await post(kairos, batches(calls));
    await awaitEnded(kairos, { since, count, withinMs: WITHIN_MS });
    await awaitClosed(kairos.temporal, JOURNEY, closedBefore + count, WITHIN_MS);
    const spent = clock();
    const mine = await runs.find({ journey: JOURNEY, enteredAt: { $gte: since } }).toArray();
    expectCount('runs', mine.length, count);
    const people = await profiles.countDocuments({
      _id: { $in: mine.map((run) => run.profileId) },
    });
    expectCount('people in runs', people, count);
    const runId = { $in: mine.map((run) => run._id) };
    expectCount('messages sent', await messages.countDocuments({ runId, status: 'sent' }), count);
    await expectMails(kairos, since, count);
    return { ...perRun(spent, count), ...(await historyOf(ground, mine)) };
  };
}

/** The longest history of all these runs, asked for when the clock has stopped. */
async function historyOf(ground: Ground, runs: { _id: string }[]): Promise<Figures> {
  const [events, bytes]: [number[], number[]] = [[], []];
  await inLanes(runs, DESCRIBED_AT_ONCE, async ({ _id }) => {
    const told = await ground.kairos.temporal.workflow.getHandle(_id).describe();
    events.push(told.historyLength);
    bytes.push(told.historySize ?? NaN);
  });
  return { historyEvents: Math.max(...events), historyBytes: Math.max(...bytes) };
}

function bareSide(
  ground: Ground,
  limits: LimitsProcess,
  { count, isEager }: { count: number; isEager: boolean },
): Side {
  return async () => {
    const runs = range(0, count).map(() => ({ id: randomUUID(), args: [] }));
    const spent = await runLimits(ground, limits, { type: BARE, runs, isEager });
    return perRun(spent, count);
  };
}

function usualSide(ground: Ground, limits: LimitsProcess, count: number): Side {
  const { mongo } = ground.kairos;
  const ledger = mongo.db.collection<UsualMessage>(USUAL_LEDGER);
  return async () => {
    const since = Date.now();
    const identities = await mongo.collections.identities
      .find({ _id: { $in: range(0, count).map((number) => `external:${customerId(number)}`) } })
      .toArray();
    const runs = identities.map(({ profileId }) => {
      const input: UsualInput = { definition: ONE_MESSAGE, profileId, properties: CART };
      return { id: randomUUID(), args: [input] };
    });
    expectCount('people', runs.length, count);
    const spent = await runLimits(ground, limits, { type: USUAL_SHAPE, runs, isEager: false });
    const sent = { createdAt: { $gte: since }, status: 'sent' } as const;
    expectCount('messages in the usual ledger', await ledger.countDocuments(sent), count);
    await expectMails(ground.kairos, since, count);
    return perRun(spent, count);
  };
}

async function runLimits(
  ground: Ground,
  limits: LimitsProcess,
  wanted: Omit<StartRequest, 'atOnce'>,
): Promise<Spent> {
  const { type, runs } = wanted;
  const { temporal } = ground.kairos;
  const [before, closedBefore] = [limits.done, await closedCount(temporal, type)];
  const clock = ground.clock(limits.pid);
  limits.start({ ...wanted, atOnce: STARTS_AT_ONCE });
  await limits.ended(before + runs.length, WITHIN_MS);
  await awaitClosed(temporal, type, closedBefore + runs.length, WITHIN_MS);
  return clock();
}

function perRun({ ms, cpu }: Spent, count: number): Figures {
  const each = Object.entries(cpu).map(([name, spent]) => [`${name}Ms`, spent / count] as const);
  // The sandbox plays the provider, which is somebody else's machine; it is told apart.
  const { sandbox: _, ...counted } = cpu;
  const total = Object.values(counted).reduce((sum, spent) => sum + spent, 0);
  return { perSecond: (count / ms) * 1_000, cpuMs: total / count, ...Object.fromEntries(each) };
}
