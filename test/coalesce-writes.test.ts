import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MongoClient, type Collection } from 'mongodb';
import { coalesceInserts, coalesceUpdates } from '#platform/coalesce-writes.ts';

interface Doc {
  _id: string;
  seq: number;
  log: string[];
}

let client: MongoClient;
let docs: Collection<Doc>;

beforeAll(async () => {
  client = await MongoClient.connect(process.env.KAIROS_TEST_MONGODB_URI ?? '');
});
afterAll(async () => {
  await client.db(docs.dbName).dropDatabase();
  await client.close();
});
beforeEach(() => {
  docs = client.db('coalesce-writes').collection<Doc>(randomUUID());
});

const fresh = (id: string): Doc => ({ _id: id, seq: 0, log: [] });
const ids = (count: number): string[] => Array.from({ length: count }, (_, n) => `d${String(n)}`);
const toSeq = (id: string, seq: number) => ({
  filter: { _id: id, seq: { $lt: seq } },
  update: { $set: { seq }, $push: { log: String(seq) } },
});

describe('inserts that come together', () => {
  it('are each answered for themselves: of many with one id exactly one is in', async () => {
    const insert = coalesceInserts(docs);
    const answers = await Promise.all(
      ids(40).flatMap((id) => Array.from({ length: 5 }, () => insert(fresh(id)))),
    );
    expect(answers.filter(Boolean)).toHaveLength(40);
    expect(await docs.countDocuments()).toBe(40);
    expect(await insert(fresh('d0'))).toBe(false);
  });

  it('fail alone where the server refuses one of them', async () => {
    await docs.insertOne(fresh('d3'));
    await docs.createIndex({ seq: 1, log: 1 });
    const insert = coalesceInserts(docs);
    // Two lists cannot be indexed side by side.
    const bad = { ...fresh('bad'), seq: [1, 2] as unknown as number, log: ['a', 'b'] };
    const [refused, ...others] = await Promise.allSettled([
      insert(bad),
      ...ids(6).map((id) => insert(fresh(id))),
    ]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { name: 'MongoRefusal' } });
    expect(others.map((one) => (one.status === 'fulfilled' ? one.value : 'refused'))).toEqual(
      ids(6).map((id) => id !== 'd3'),
    );
  });
});

describe('updates that come together', () => {
  it('are all true where all of them matched', async () => {
    await docs.insertMany(ids(60).map(fresh));
    const update = coalesceUpdates(docs);
    const answers = await Promise.all(ids(60).map((id) => update(toSeq(id, 1))));
    expect(answers).toEqual(ids(60).map(() => true));
    expect(await docs.countDocuments({ seq: 1, log: ['1'] })).toBe(60);
  });

  it('write each document once where some did not match', async () => {
    await docs.insertMany(ids(60).map(fresh));
    await docs.updateOne({ _id: 'd7' }, { $set: { seq: 9 } });
    const update = coalesceUpdates(docs);
    const answers = await Promise.all(ids(60).map((id) => update(toSeq(id, 1))));
    expect(answers[7]).toBe(false);
    expect(await docs.countDocuments({ seq: 1, log: ['1'] })).toBe(59);
    expect(await docs.countDocuments({ seq: 9, log: [] })).toBe(1);
  });

  it('are written though the server refuses one of them', async () => {
    await docs.insertMany(ids(6).map(fresh));
    const update = coalesceUpdates(docs);
    const [refused] = await Promise.allSettled([
      update({ filter: { _id: 'd0' }, update: { $push: { seq: 1 } as never } }),
      ...ids(6).map((id) => update(toSeq(id, 1))),
    ]);
    expect(refused.status).toBe('rejected');
    expect(await docs.countDocuments({ seq: 1, log: ['1'] })).toBe(6);
  });

  it('all fail where nobody knows what became of them', async () => {
    await docs.insertMany(ids(3).map(fresh));
    const strict = docs.db.collection<Doc>(docs.collectionName, {
      writeConcern: { w: 7, wtimeoutMS: 50 },
    });
    const update = coalesceUpdates(strict);
    const insert = coalesceInserts(strict);
    const answers = await Promise.allSettled([
      ...ids(3).map((id) => update(toSeq(id, 1))),
      insert(fresh('e1')),
      insert(fresh('e2')),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 'rejected'));
  });
});
