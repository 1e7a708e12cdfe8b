import { z } from 'zod';
import { DomainError, invalid } from '#domain/errors.ts';
import { didYouMean } from '#domain/journey/nearest-word.ts';
import {
  NAME_MAX,
  NOTE_MAX,
  PRIORITIES,
  TASK_COMPLETED,
  TASK_STATUSES,
  TaskWord,
} from '#domain/task/task.ts';
import { findRun } from '#journeys/list-runs.ts';
import type { StoredTask } from '#platform/task-documents.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { Instant, iso, isoOrNull } from '../views.ts';
import { Identity } from '../identity-word.ts';

const TaskParam = z.object({ id: z.string().max(500) });
const Somebody = z.strictObject({ by: z.string().min(1).max(NAME_MAX) });

const TaskView = z.object({
  id: z.string(),
  status: z
    .enum(TASK_STATUSES)
    .describe('`expired`: nobody did it in time; `withdrawn`: its run ended before.'),
  kind: z.string(),
  title: z.string(),
  note: z.string().nullable().describe('For whoever does it.'),
  queue: z.string().nullable(),
  assignee: z.string().nullable(),
  priority: z.enum(PRIORITIES),
  outcomes: z.array(z.string()).describe('What may be said of how it went.'),
  outcome: z.string().nullable(),
  remark: z.string().nullable().describe('What whoever did it wrote.'),
  profileId: z.string(),
  journey: z.string(),
  version: z.number().int(),
  step: z.string(),
  run: z.string(),
  createdAt: Instant,
  dueAt: Instant.describe('When its time is over.'),
  claimedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
});

function viewTask(task: StoredTask): z.infer<typeof TaskView> {
  const { _id: id, status, kind, title, note, queue, assignee, priority, outcomes } = task;
  const { outcome, remark, profileId, journey, version, step, runId: run } = task;
  return {
    ...{ id, status, kind, title, note, queue, assignee, priority, outcomes, outcome, remark },
    ...{ profileId, journey, version, step, run },
    ...{ createdAt: iso(task.createdAt), dueAt: iso(task.dueAt) },
    ...{ claimedAt: isoOrNull(task.claimedAt), endedAt: isoOrNull(task.endedAt) },
  };
}

/** What journeys want done by the shop's people: read, taken, and told how it went. */
export function taskRoutes(deps: AppDeps): Route[] {
  return [...readingRoutes(deps), claimRoute(deps), releaseRoute(deps), completeRoute(deps)];
}

const reading = { method: 'get', tag: 'Tasks', scope: 'tasks:read', status: 200 } as const;
const writing = {
  method: 'post',
  tag: 'Tasks',
  scope: 'tasks:write',
  status: 200,
  params: TaskParam,
  reply: TaskView,
  errors: ['not-found', 'conflict'],
} as const;

function readingRoutes(deps: AppDeps): Route[] {
  const { store } = deps.tasks;
  return [
    route({
      ...reading,
      path: '/v1/tasks',
      id: 'listTasks',
      summary: 'List tasks, what is due first first',
      query: z.strictObject({
        status: z.enum(TASK_STATUSES).optional(),
        queue: TaskWord.optional(),
        kind: TaskWord.optional(),
        profile: Identity.optional(),
        ...pageQuery,
      }),
      reply: listOf(TaskView),
      async handle({ query: { status, queue, kind, profile, ...page } }) {
        const profileId = profile === undefined ? undefined : await deps.findProfileId(profile);
        if (profileId === null) return { body: { data: [], next: null } };
        const filter = { status, queue, kind, profileId };
        return { body: pageReply(await store.list(filter, pageRequest(page)), viewTask) };
      },
    }),
    route({
      ...reading,
      path: '/v1/tasks/{id}',
      id: 'readTask',
      summary: 'Read one task',
      params: TaskParam,
      reply: TaskView,
      errors: ['not-found'],
      async handle({ params: { id } }) {
        return { body: viewTask(found(await store.find(id))) };
      },
    }),
  ];
}

function found(task: StoredTask | null): StoredTask {
  if (task === null) throw new DomainError('not-found', 'There is no such task.');
  return task;
}

function claimRoute({ tasks: { store }, clock }: AppDeps): Route {
  return route({
    ...writing,
    path: '/v1/tasks/{id}/claim',
    id: 'claimTask',
    summary: 'Take a task, so that nobody else does it too',
    description:
      'The same name may take it again; another is told 409, also where its journey gave it to somebody: it is given back first (`release`).',
    body: { schema: Somebody },
    async handle({ params: { id }, body: { by } }) {
      const claimed = await store.claim(id, by, clock());
      if (claimed === null) throw notTheirs(found(await store.find(id)));
      return { body: viewTask(claimed) };
    },
  });
}

function releaseRoute({ tasks: { store } }: AppDeps): Route {
  return route({
    ...writing,
    path: '/v1/tasks/{id}/release',
    id: 'releaseTask',
    summary: 'Give a task back, so that others may take it',
    description:
      '`by` is the `assignee` that the task shows, whoever asks; 409 where somebody else has it by now. What nobody has may be given back again.',
    body: { schema: Somebody },
    async handle({ params: { id }, body: { by } }) {
      const released = await store.release(id, by);
      if (released === null) throw notTheirs(found(await store.find(id)));
      return { body: viewTask(released) };
    },
  });
}

function notTheirs({ status }: StoredTask): DomainError {
  const said = status === 'open' ? 'Somebody else has this task.' : `This task is ${status}.`;
  return new DomainError('conflict', said);
}

function completeRoute(deps: AppDeps): Route {
  const { store } = deps.tasks;
  return route({
    ...writing,
    path: '/v1/tasks/{id}/complete',
    id: 'completeTask',
    summary: 'Say how a task went; its run goes on by that',
    description:
      'Once: the event `Task Completed` of the customer tells of it. The same words said again get the same answer.',
    body: {
      schema: z.strictObject({
        outcome: z.string().max(200).describe('One of the task’s `outcomes`.'),
        note: z.string().max(NOTE_MAX).optional(),
      }),
      examples: { reached: { outcome: 'reached', note: 'Wants to be rung in May.' } },
    },
    async handle({ params: { id }, body: { outcome, note } }) {
      const { outcomes } = found(await store.find(id));
      if (!outcomes.includes(outcome)) throw unknownOutcome(outcome, outcomes);
      const said = { outcome, remark: note ?? null, at: deps.clock() };
      const done = await store.complete(id, said);
      const task = done ?? found(await store.find(id));
      // Also when it was done before: whoever said so may have died before it was told.
      if (task.status === 'completed') await tell(deps, task);
      if (done !== null || isSaid(task, said)) return { body: viewTask(task) };
      throw new DomainError('conflict', `This task is ${task.status} already.`);
    },
  });
}

/** Whether a task went just as somebody says: they may not have heard that they said so already. */
function isSaid(
  { status, outcome, remark }: StoredTask,
  said: Pick<StoredTask, 'outcome' | 'remark'>,
): boolean {
  return status === 'completed' && outcome === said.outcome && remark === said.remark;
}

function unknownOutcome(outcome: string, outcomes: readonly string[]): DomainError {
  const detail = `This task ends as one of ${outcomes.join(', ')}.${didYouMean(outcome, outcomes)}`;
  return invalid('The body is not right.', [{ pointer: '#/outcome', detail }]);
}

/** To whom the run is now, where two customers turned out to be one. */
async function tell({ tasks, mongo }: AppDeps, task: StoredTask): Promise<void> {
  const { _id: taskId, kind, queue, journey, step, outcome } = task;
  const run = await findRun(mongo.collections, task.runId);
  await tasks.accept({
    ...{ taskId, profileId: run?.profileId ?? task.profileId, name: TASK_COMPLETED },
    properties: { kind, queue, journey, step, outcome },
  });
}
