import type { Db, Document } from 'mongodb';

/** A query as MongoDB's profiler tells of it: what was asked, by which plan, how much was looked at. */
interface Query {
  op: string;
  ns: string;
  command: Document;
  planSummary?: string;
  keysExamined?: number;
  docsExamined?: number;
  nreturned?: number;
}

/** All queries that a database is asked while something is done, by whomever, in their order. */
export async function queriesDuring(db: Db, act: () => Promise<unknown>): Promise<Query[]> {
  await db.command({ profile: 2 });
  try {
    await act();
  } finally {
    await db.command({ profile: 0 });
  }
  const told = db.collection<Query>('system.profile');
  const queries = await told
    .find({ op: { $in: ['query', 'command'] } })
    .sort({ ts: 1 })
    .toArray();
  await told.drop();
  return queries;
}
