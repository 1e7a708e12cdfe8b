import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connectMongo, type Mongo } from '#platform/mongo.ts';
import type { StoredTask } from '#platform/task-documents.ts';
import { createTaskStore, ensureTaskIndexes, type TaskFilter } from './task-store.ts';

let mongo: Mongo;
beforeAll(async () => {
  mongo = await connectMongo(process.env.KAIROS_TEST_MONGODB_URI ?? '', 'kairos-tasks');
  await mongo.db.dropDatabase();
  await ensureTaskIndexes(mongo.db);
});
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

const STATUSES = ['open', 'completed', 'expired', 'withdrawn'] as const;

function task(index: number): StoredTask {
  const of = (count: number): number => index % count;
  return {
    ...{ _id: `t${String(index)}`, runId: `r${String(index)}`, journey: 'ring', version: 1 },
    ...{ step: 'ring', profileId: `p${String(of(40))}`, kind: of(2) === 0 ? 'call' : 'sales' },
    ...{ title: 'Ring', note: null, queue: `q${String(of(5))}`, assignee: null },
    ...{ priority: 'normal', outcomes: ['reached'], status: STATUSES[of(4)] ?? 'open' },
    ...{ outcome: null, remark: null, createdAt: 0, dueAt: (index * 7_919) % 1_000 },
    ...{ claimedAt: null, endedAt: null },
  };
}

it('a page of tasks reads no more than it shows, whichever they are asked for by', async () => {
  await mongo.collections.tasks.insertMany(Array.from({ length: 2_000 }, (_, n) => task(n)));
  const store = createTaskStore({ db: mongo.db, keptMs: null });
  const filters: TaskFilter[] = [
    ...[{}, { status: 'open' as const }, { queue: 'q1' }, { kind: 'call' }],
    ...[
      { status: 'open' as const, queue: 'q1' },
      { status: 'open' as const, kind: 'call' },
    ],
  ];
  for (const filter of filters) {
    for (const after of [null, { at: 500, id: 't500' }]) {
      await mongo.db.command({ profile: 2 });
      const page = await store.list(filter, { limit: 20, after });
      await mongo.db.command({ profile: 0 });
      const told = mongo.db.collection('system.profile');
      const [query] = await told.find({ op: 'query', ns: /\.tasks$/ }).toArray();
      await told.drop();
      expect(page.rows).toHaveLength(20);
      expect({ filter, sorted: query?.hasSortStage as unknown }).toEqual({
        filter,
        sorted: undefined,
      });
      // One more, to know whether there is a next page, and those due in the place's very instant.
      expect(query?.docsExamined).toBeLessThanOrEqual(24);
    }
  }
});
