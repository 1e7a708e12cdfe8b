import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ground } from '../ground.ts';
import { batches, customerId, knowCustomers, post, productViewed, range, routed } from '../load.ts';
import { expectCount, type Figures, type Row } from '../row.ts';
import { onlySegments } from '../segments.ts';
import { percentile } from '../statistics.ts';

const SAMPLES = { full: 400, quick: 60, smoke: 5 };
/** Twenty a second come into the segment, beside a hundred events that are nothing to it. */
const EVERY_MS = 50;
const BESIDE = 5;
const WINDOW_MS = 3_000;
const WITHIN_MS = 120_000;

const KEY = 'lately';
const EVENT = 'Basket Begun';

/** What is promised, in ms: of an event at the 95th percentile, and of time. */
const AFTER_EVENT_MS = 2_000;
const AFTER_FLIP_MS = 60_000;

export const membership: Row = {
  name: 'membership',
  title: 'From an event, or from an instant, to the membership that follows from it, under load',
  lines: [
    { what: 'event → in the segment, p50', side: 'kairos', figure: 'enteredP50Ms', unit: 'ms' },
    {
      what: 'event → in the segment, p95',
      side: 'kairos',
      ...{ figure: 'enteredP95Ms', unit: 'ms', atMost: AFTER_EVENT_MS },
    },
    { what: 'flip due → out of it, p95', side: 'kairos', figure: 'leftP95Ms', unit: 'ms' },
    {
      what: 'flip due → out of it, the latest',
      side: 'kairos',
      ...{ figure: 'leftMaxMs', unit: 'ms', atMost: AFTER_FLIP_MS },
    },
  ],
  async prepare(ground) {
    await knowCustomers(ground, ground.scale(SAMPLES));
    const within = `PT${String(WINDOW_MS / 1_000)}S`;
    await onlySegments(ground.kairos, [[KEY, { event: EVENT, within }]]);
    await routed(ground.kairos);
    return { sides: { kairos: () => comeAndGo(ground) } };
  },
};

async function comeAndGo(ground: Ground): Promise<Figures> {
  const { kairos } = ground;
  const count = ground.scale(SAMPLES);
  const told = watchTold(ground);
  try {
    const saidAt = new Map<string, number>();
    for (const number of range(0, count)) {
      const early = sleep(EVERY_MS);
      const at = Date.now();
      const call = { type: 'track', userId: customerId(number), event: EVENT };
      const timestamp = new Date(at).toISOString();
      saidAt.set(customerId(number), at);
      await Promise.all([
        post(kairos, [[{ ...call, timestamp, messageId: randomUUID() }]]),
        post(kairos, batches(range(0, BESIDE).map(productViewed))),
        early,
      ]);
    }
    await kairos.until(
      'all to have come and gone',
      () => Promise.resolve(told.length >= 2 * count ? true : null),
      WITHIN_MS,
    );
    return await figuresOf(ground, saidAt, told);
  } finally {
    await told.close();
  }
}

interface Told {
  profileId: string;
  name: string;
  /** Epoch ms at which it could be seen by others. */
  seenAt: number;
}

type Watched = Told[] & { close(): Promise<void> };

/** What is told of coming and going, once it is on a majority. */
function watchTold({ kairos }: Ground): Watched {
  const ofSegment = { operationType: 'insert', 'fullDocument.properties.segment': KEY } as const;
  const stream = kairos.mongo.collections.events.watch([{ $match: ofSegment }]);
  const told: Told[] = [];
  stream.on('change', (change) => {
    if (change.operationType !== 'insert') return;
    const { profileId, name } = change.fullDocument;
    told.push({ profileId, name, seenAt: Date.now() });
  });
  return Object.assign(told, { close: () => stream.close() });
}

async function figuresOf(
  { kairos }: Ground,
  saidAt: ReadonlyMap<string, number>,
  told: readonly Told[],
): Promise<Figures> {
  const ids = [...saidAt.keys()].map((id) => `external:${id}`);
  const rows = await kairos.mongo.collections.identities.find({ _id: { $in: ids } }).toArray();
  const said = new Map(
    rows.map(({ _id, profileId }) => [profileId, saidAt.get(_id.slice('external:'.length)) ?? NaN]),
  );
  const late = (name: string, byMs: number): number[] =>
    told
      .filter((one) => one.name === name)
      .map(({ profileId, seenAt }) => seenAt - (said.get(profileId) ?? NaN) - byMs);
  const entered = late('Segment Entered', 0);
  const left = late('Segment Left', WINDOW_MS);
  expectCount('who came in', entered.length, said.size);
  expectCount('who went out', left.length, said.size);
  return {
    enteredP50Ms: percentile(entered, 50),
    enteredP95Ms: percentile(entered, 95),
    leftP95Ms: percentile(left, 95),
    leftMaxMs: Math.max(...left),
  };
}
