import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import type { WholeKairos } from '#test/support/whole-kairos.ts';
import type { Ground } from '../ground.ts';
import { customerId, emailOf, post, range, routed, type Call } from '../load.ts';
import { expectCount, type Figures, type LineSpec, type Row } from '../row.ts';
import { median } from '../statistics.ts';

/** One journey of the library and the longest way through it. */
interface Passage {
  key: string;
  /** What the library's own entry is replaced by where time begins it: only an event can rehearse. */
  entry?: { event: string; reentry: 'always' };
  event: string;
  /** How much faster than real: the shortest patience on the way is some seconds. */
  speed: number;
  /** Whether these customers can be reached by push, too. */
  hasApp?: true;
  path: string;
}

const PASSAGES: readonly Passage[] = [
  {
    key: 'abandoned-cart',
    event: 'Product Added',
    speed: 3_600,
    hasApp: true,
    path: 'hour:passed -> remind:reached -> again:timeout -> worth:offer -> offer:sent -> leave:done',
  },
  {
    key: 'birthday',
    entry: { event: 'Birthday Rehearsed', reentry: 'always' },
    event: 'Birthday Rehearsed',
    speed: 7_200,
    path: 'present:reached -> days:passed -> remind:suppressed -> by-mail:sent -> leave:done',
  },
  {
    key: 'reactivation',
    entry: { event: 'Sleep Rehearsed', reentry: 'always' },
    event: 'Sleep Rehearsed',
    speed: 14_400,
    path: 'morning:passed -> hello:reached -> think:passed -> valuable:last-word -> last-word:sent -> leave:done',
  },
];

/** The tests have no minute to spare; at this haste a patience may run out, so paths are not judged. */
const SMOKE_HASTE = 10;
/** Runs of each journey; the median is told. */
const RUNS = { full: 5, quick: 3, smoke: 1 };
const ORDERS = 3;
const WITHIN_MS = 180_000;
/** Customers of this row, far from the numbers of others. */
const FIRST = 1_000_000;

const TEMPLATES = [
  'birthday-present',
  'birthday-reminder',
  'cart-offer',
  'cart-reminder',
  'come-back-offer',
  'we-miss-you',
];

export const history: Row = {
  name: 'history',
  title: 'What one run leaves in Temporal: the library’s journeys, walked to the end',
  once: true,
  lines: PASSAGES.flatMap(({ key }): LineSpec[] => [
    { what: `${key}: history`, side: 'kairos', figure: `${key} events`, unit: 'events' },
    { what: `${key}: history`, side: 'kairos', figure: `${key} bytes`, unit: 'bytes' },
  ]),
  async prepare(ground) {
    const { kairos } = ground;
    await kairos.putLibraryTemplates(...TEMPLATES);
    for (const { key, entry } of PASSAGES) {
      const written = Definition.parse(
        parse(await readFile(`library/journeys/${key}.yaml`, 'utf8')),
      );
      await kairos.publish({ ...written, key, ...(entry === undefined ? {} : { entry }) });
    }
    // The push is accepted and never heard of again, so that the cascade goes on; mails are opened.
    await kairos.rules(
      { channel: 'push', outcome: 'silent' },
      { channel: 'email', outcome: 'open' },
    );
    return { sides: { kairos: () => walkAll(ground) } };
  },
};

const Definition = z.looseObject({ key: z.string() });

async function walkAll(ground: Ground): Promise<Figures> {
  const { kairos } = ground;
  const each = ground.scale(RUNS);
  const customers = PASSAGES.map((_, index) =>
    range(FIRST + index * each, FIRST + (index + 1) * each),
  );
  const known = customers.flatMap((numbers, index) =>
    numbers.map((number) => goodCustomer(number, PASSAGES[index]?.hasApp === true)),
  );
  await post(kairos, known);
  await routed(kairos);
  const haste = ground.size === 'smoke' ? SMOKE_HASTE : 1;
  const entries = PASSAGES.flatMap((passage, index) =>
    (customers[index] ?? []).map((number) => entryCall(passage, number, haste)),
  );
  await post(kairos, [entries]);
  await routed(kairos);
  const figures: Figures = {};
  for (const passage of PASSAGES) {
    const ids = await endedRuns(kairos, passage.key, each);
    for (const { path } of ids) {
      const walked = path.map(({ step, outcome }) => `${step}:${outcome}`).join(' -> ');
      if (ground.size !== 'smoke' && walked !== passage.path) {
        throw new Error(`${passage.key} went ${walked}`);
      }
    }
    const told = await Promise.all(
      ids.map(({ _id }) => kairos.temporal.workflow.getHandle(_id).describe()),
    );
    figures[`${passage.key} events`] = median(told.map(({ historyLength }) => historyLength));
    figures[`${passage.key} bytes`] = median(told.map(({ historySize }) => historySize ?? NaN));
  }
  return figures;
}

type Walked = { _id: string; path: { step: string; outcome: string }[] };

async function endedRuns(kairos: WholeKairos, journey: string, count: number): Promise<Walked[]> {
  const { runs } = kairos.mongo.collections;
  const ended = await kairos.until(
    `the end of ${journey}`,
    async () => {
      const found = await runs.find({ journey, status: 'completed' }).toArray();
      return found.length >= count ? found : null;
    },
    WITHIN_MS,
  );
  expectCount(`runs of ${journey}`, ended.length, count);
  // A run is written as ended a moment before its workflow is.
  await Promise.all(ended.map(({ _id }) => kairos.temporal.workflow.getHandle(_id).result()));
  return ended;
}

/** Known by mail, some by their phone's app as well, with orders worth an offer. */
function goodCustomer(number: number, hasApp: boolean): Call[] {
  const userId = customerId(number);
  return [
    {
      type: 'identify',
      userId,
      messageId: randomUUID(),
      traits: { email: emailOf(number), first_name: 'Reader' },
      ...(hasApp ? { context: { device: { token: `app-of-${userId}-`.padEnd(80, 'x') } } } : {}),
    },
    ...range(0, ORDERS).map((order) => ({
      type: 'track',
      userId,
      messageId: randomUUID(),
      event: 'Order Completed',
      properties: { order_id: `${userId}-${String(order)}`, revenue: 50, currency: 'USD' },
    })),
  ];
}

function entryCall({ event, speed }: Passage, number: number, haste: number): Call {
  return {
    type: 'track',
    userId: customerId(number),
    messageId: randomUUID(),
    event,
    properties: {
      cart_id: customerId(number),
      name: 'Walking boots',
      price: 59.9,
      url: 'https://shop.example/cart/1',
    },
    context: { rehearsal: { speed: speed * haste } },
  };
}
