import { randomUUID } from 'node:crypto';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Ground } from '../ground.ts';
import { batches, CONNECTIONS, customerId, inLanes, knowCustomers, range } from '../load.ts';
import { expectCount, type Figures, type Row, type Side } from '../row.ts';
import { onlySegments } from '../segments.ts';

const ROWS = { full: 50_000, quick: 5_000, smoke: 200 };
const CUSTOMERS = { full: 10_000, quick: 1_000, smoke: 40 };
/** Documents the driver is given at once: as many calls as an import accepts at once. */
const AT_ONCE = 300;
const WITHIN_MS = 600_000;

const PLAIN = { side: 'plain', label: 'insertMany of the same documents', better: 'more' } as const;

export const fileImport: Row = {
  name: 'import',
  title: 'A CSV file of events of known customers, from its first byte until all is applied',
  lines: [
    {
      what: 'rows read, cleaned, accepted and applied',
      side: 'kairos',
      ...{ figure: 'perSecond', unit: '/s' },
      against: PLAIN,
    },
    { what: 'CPU per row: API', side: 'kairos', figure: 'apiMs', unit: 'ms' },
    { what: 'CPU per row: worker', side: 'kairos', figure: 'workerMs', unit: 'ms' },
    { what: 'CPU per row: MongoDB', side: 'kairos', figure: 'mongodMs', unit: 'ms' },
  ],
  async prepare(ground) {
    await onlySegments(ground.kairos, []);
    await knowCustomers(ground, ground.scale(CUSTOMERS));
    // What an import stores, for the limit to store the same.
    await importFile(ground, fileOf(ground, 1, 'pattern'));
    const { db, collections } = ground.kairos.mongo;
    const pattern = await collections.events.findOne({ _id: { $regex: 'pattern-0$' } });
    if (pattern === null) throw new Error('the imported event was not stored');
    const indexes = await collections.events.indexes();
    const own = indexes.filter(({ name }) => name !== '_id_');
    await db.collection('benchImported').createIndexes(own);
    return { sides: { kairos: importSide(ground), plain: plainSide(ground, pattern) } };
  },
};

function fileOf(ground: Ground, count: number, name: string): string {
  const people = ground.scale(CUSTOMERS);
  const at = new Date(Date.now() - 3_600_000).toISOString();
  const lines = range(0, count).map((number) =>
    [
      `${name}-${String(number)}`,
      customerId(number % people),
      'Product Viewed',
      at,
      `p-${String(number % 500)}`,
      `Walking boots no. ${String(number % 500)}`,
      '59.90',
    ].join(','),
  );
  return ['message_id,external_id,event,at,product_id,name,price', ...lines, ''].join('\n');
}

async function importFile({ kairos }: Ground, csv: string): Promise<number> {
  const headers = { authorization: `Bearer ${kairos.environment.KAIROS_ADMIN_KEY ?? ''}` };
  const answer = await fetch(`${kairos.url}/v1/imports?as=events`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'text/csv' },
    body: csv,
  });
  const begun = (await answer.json()) as { id?: string };
  if (answer.status !== 202) throw new Error(JSON.stringify(begun));
  const done = await kairos.until(
    'the end of the import',
    async () => {
      const now = await kairos.call<{ status: string; accepted: number }>(
        'GET',
        `/v1/imports/${begun.id ?? ''}`,
      );
      return now.status === 'running' ? null : now;
    },
    WITHIN_MS,
  );
  if (done.status !== 'completed') throw new Error(`the import ${done.status}`);
  return done.accepted;
}

function importSide(ground: Ground): Side {
  const count = ground.scale(ROWS);
  return async (): Promise<Figures> => {
    const { events } = ground.kairos.mongo.collections;
    const file = fileOf(ground, count, randomUUID());
    const before = await events.countDocuments({});
    const clock = ground.clock();
    expectCount('rows accepted', await importFile(ground, file), count);
    const { ms, cpu } = clock();
    expectCount('events stored', (await events.countDocuments({})) - before, count);
    return {
      perSecond: (count / ms) * 1_000,
      apiMs: (cpu.api ?? NaN) / count,
      workerMs: (cpu.worker ?? NaN) / count,
      mongodMs: (cpu.mongod ?? NaN) / count,
    };
  };
}

/** The limit: inserted once, and nothing else. */
function plainSide(ground: Ground, pattern: StoredEvent): Side {
  const count = ground.scale(ROWS);
  const imported = ground.kairos.mongo.db.collection<StoredEvent>('benchImported');
  return async (): Promise<Figures> => {
    const documents = range(0, count).map((place): StoredEvent => ({
      ...pattern,
      _id: randomUUID(),
      place,
      state: 'accepted',
    }));
    const before = await imported.countDocuments({});
    const startedAt = performance.now();
    await inLanes(batches(documents, AT_ONCE), CONNECTIONS, async (batch) => {
      await imported.insertMany(batch, { ordered: false });
    });
    const ms = performance.now() - startedAt;
    expectCount('documents', (await imported.countDocuments({})) - before, count);
    return { perSecond: (count / ms) * 1_000 };
  };
}
