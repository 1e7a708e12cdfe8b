import type { Collection, Db, Filter } from 'mongodb';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import type { TaskStatus } from '#domain/task/task.ts';
import { isDuplicateKey } from '#platform/mongo-errors.ts';
import type { StoredTask } from '#platform/task-documents.ts';

/** Which tasks are wanted. */
export interface TaskFilter {
  status?: TaskStatus | undefined;
  queue?: string | undefined;
  kind?: string | undefined;
  profileId?: string | undefined;
}

/** What the shop's people are to do. Every change is one compare-and-set on `status`. */
export interface TaskStore {
  /** Makes a task; what is there already by its id stays as it is. Answers what is there. */
  open(task: StoredTask): Promise<StoredTask>;
  find(id: string): Promise<StoredTask | null>;
  /** What is due first comes first. */
  list(filter: TaskFilter, page: PageRequest): Promise<Page<StoredTask>>;
  /** Null: it is not open, or another has it, be it by the word of its journey. */
  claim(id: string, by: string, at: number): Promise<StoredTask | null>;
  /** Gives back what somebody has, so that others may take it. Null: it is not open, or not theirs. */
  release(id: string, by: string): Promise<StoredTask | null>;
  /** Null: it is not open. */
  complete(id: string, said: Completion): Promise<StoredTask | null>;
  /** Closes a task that nobody did in time; answers it as it is now. */
  expire(id: string, at: number): Promise<StoredTask | null>;
  /** Takes back what is open of a run; answers those tasks. */
  withdraw(runId: string, at: number): Promise<StoredTask[]>;
}

/** How a task went; `at` in epoch ms. */
export interface Completion {
  outcome: string;
  remark: string | null;
  at: number;
}

/** How long a task is kept after its end or its time, in ms; null: for good. */
export interface TaskDeps {
  db: Db;
  keptMs: number | null;
}

const after = { returnDocument: 'after' } as const;

export function createTaskStore({ db, keptMs }: TaskDeps): TaskStore {
  const tasks = db.collection<StoredTask>('tasks');
  const kept = (at: number): Pick<StoredTask, 'expiresAt'> =>
    keptMs === null ? {} : { expiresAt: new Date(at + keptMs) };
  return {
    async open(task) {
      try {
        // Its run may be lost and never end it: it goes with its time all the same.
        await tasks.insertOne({ ...task, ...kept(task.dueAt) });
        return task;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return (await tasks.findOne({ _id: task._id })) ?? task;
      }
    },
    find: (id) => tasks.findOne({ _id: id }),
    list: (filter, page) => listTasks(tasks, filter, page),
    claim: (id, by, at) =>
      tasks.findOneAndUpdate(
        { _id: id, status: 'open', assignee: { $in: [null, by] } },
        { $set: { assignee: by, claimedAt: at } },
        after,
      ),
    release: (id, by) =>
      tasks.findOneAndUpdate(
        // What nobody has was given back already: by a call whose answer was lost, say.
        { _id: id, status: 'open', assignee: { $in: [null, by] } },
        { $set: { assignee: null, claimedAt: null } },
        after,
      ),
    complete: (id, { outcome, remark, at }) =>
      tasks.findOneAndUpdate(
        { _id: id, status: 'open' },
        { $set: { status: 'completed', outcome, remark, endedAt: at, ...kept(at) } },
        after,
      ),
    async expire(id, at) {
      await tasks.updateOne(
        { _id: id, status: 'open' },
        { $set: { status: 'expired', endedAt: at, ...kept(at) } },
      );
      return tasks.findOne({ _id: id });
    },
    async withdraw(runId, at) {
      const open = await tasks.find({ runId, status: 'open' }).toArray();
      const ended = await Promise.all(
        open.map(({ _id }) =>
          tasks.findOneAndUpdate(
            { _id, status: 'open' },
            { $set: { status: 'withdrawn', endedAt: at, ...kept(at) } },
            after,
          ),
        ),
      );
      return ended.filter((task) => task !== null);
    },
  };
}

async function listTasks(
  tasks: Collection<StoredTask>,
  { status, queue, kind, profileId }: TaskFilter,
  { limit, after: place }: PageRequest,
): Promise<Page<StoredTask>> {
  const filter: Filter<StoredTask> = {
    ...(status === undefined ? {} : { status }),
    ...(queue === undefined ? {} : { queue }),
    ...(kind === undefined ? {} : { kind }),
    ...(profileId === undefined ? {} : { profileId }),
    ...(place === null
      ? {}
      : // The index is entered at the place; the rest tells those due in that very instant apart.
        {
          dueAt: { $gte: place.at },
          $or: [{ dueAt: { $gt: place.at } }, { _id: { $gt: place.id } }],
        }),
  };
  const read = await tasks
    .find(filter)
    .sort({ dueAt: 1, _id: 1 })
    .limit(limit + 1)
    .toArray();
  return pageOf(read, limit, ({ dueAt, _id }) => ({ at: dueAt, id: _id }));
}

/** Makes the indexes, safely repeatable; each start of the API and the worker calls it. */
export async function ensureTaskIndexes(db: Db): Promise<void> {
  const tasks = db.collection<StoredTask>('tasks');
  await Promise.all([
    tasks.createIndex({ dueAt: 1, _id: 1 }),
    tasks.createIndex({ status: 1, dueAt: 1, _id: 1 }),
    // Of one queue and one kind those of the queue are read: few of them are of other kinds.
    tasks.createIndex({ queue: 1, dueAt: 1, _id: 1 }),
    tasks.createIndex({ status: 1, queue: 1, dueAt: 1, _id: 1 }),
    tasks.createIndex({ kind: 1, dueAt: 1, _id: 1 }),
    tasks.createIndex({ status: 1, kind: 1, dueAt: 1, _id: 1 }),
    tasks.createIndex({ runId: 1 }),
    tasks.createIndex({ profileId: 1, dueAt: 1 }),
    tasks.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0, sparse: true }, {}),
  ]);
}
