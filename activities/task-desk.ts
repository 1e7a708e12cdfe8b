import type { Effect, TaskOutcome } from '#domain/journey/run.ts';
import type { TaskStep } from '#domain/journey/steps/task.ts';
import type { Json } from '#domain/json.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { whyNotCall } from '#domain/task/may-call.ts';
import { CALL_KIND, TASK_CLOSED, TASK_CREATED, taskIdOf } from '#domain/task/task.ts';
import { templateScope } from '#domain/template/template-scope.ts';
import type { AcceptTask } from '#events/accept-tasks.ts';
import type { Clock } from '#platform/clock.ts';
import type { StoredRun } from '#platform/documents.ts';
import type { StoredTask } from '#platform/task-documents.ts';
import type { TaskStore } from '#tasks/task-store.ts';
import { renderJson } from '#templates/render-json.ts';
import { reasonUnrendered } from './reason-unrendered.ts';

/** What a run wants of a task now. */
export interface TaskRequest {
  run: StoredRun;
  task: TaskStep['task'];
  place: { step: string; hop: number };
  act: Extract<Effect, { do: 'task' }>['act'];
  /** Epoch ms of the world's clock by which it is to be done. */
  dueAt: number;
  /** The customer as read for this transition; null if there is none. */
  person: Profile | null;
  /** IANA. */
  zone: string;
}

/** What runs and the shop's people meet at. */
export interface TaskDesk {
  task(request: TaskRequest): Promise<TaskOutcome>;
  /** Takes back what is open of a run that ends before its end. */
  withdrawTasks(runId: string): Promise<void>;
}

export interface DeskDeps {
  tasks: TaskStore;
  accept: AcceptTask;
  /** The shop's own id of a customer; null: there is none. */
  externalId: (profileId: string) => Promise<string | null>;
  /** Whether the run has ended, as of now. */
  hasRunEnded: (runId: string) => Promise<boolean>;
  settings: { currency: string; defaultLanguage: string };
  clock: Clock;
}

/** Makes tasks and tells what became of them; every act may be repeated. */
export function createTaskDesk(deps: DeskDeps): TaskDesk {
  const withdrawTasks = async (runId: string): Promise<void> => {
    for (const task of await deps.tasks.withdraw(runId, deps.clock())) await tellClosed(deps, task);
  };
  return {
    withdrawTasks,
    async task(request) {
      const id = taskIdOf(request.run._id, request.place);
      if (request.act === 'ask') return outcomeOf(await deps.tasks.find(id));
      if (request.act === 'close') {
        const closed = await deps.tasks.expire(id, deps.clock());
        if (closed?.status === 'expired') await tellClosed(deps, closed);
        return outcomeOf(closed);
      }
      const outcome = await open(deps, request, id);
      // An exit may have come while it was made: then nobody is to do it.
      if (await deps.hasRunEnded(request.run._id)) await withdrawTasks(request.run._id);
      return outcome;
    },
  };
}

async function open(deps: DeskDeps, request: TaskRequest, id: string): Promise<TaskOutcome> {
  const { run, task, person } = request;
  // A repeat finds what is there: whoever may not be called now was called for then.
  const known = await deps.tasks.find(id);
  if (known === null) {
    if (person?.erasedAt !== null) return { kind: 'error', reason: 'erased' };
    const why = task.kind === CALL_KIND ? whyNotCall(person) : null;
    if (why !== null) return { kind: 'suppressed', reason: why };
  }
  const made = known ?? (await make(deps, request, id));
  if ('error' in made) return { kind: 'error', reason: made.error };
  await deps.accept({
    ...{ taskId: id, profileId: made.profileId, name: TASK_CREATED },
    properties: {
      ...{ ...wordsOf(made), title: made.title, priority: made.priority, outcomes: made.outcomes },
      ...{ assignee: made.assignee, due_at: new Date(made.dueAt).toISOString() },
      version: run.version,
    },
  });
  return outcomeOf(made);
}

async function make(
  deps: DeskDeps,
  request: TaskRequest,
  id: string,
): Promise<StoredTask | { error: string }> {
  const { run, task, place, person, dueAt } = request;
  const rendered = await noteOf(deps, request);
  if (typeof rendered === 'object' && rendered !== null) return rendered;
  return deps.tasks.open({
    ...{ _id: id, runId: run._id, journey: run.journey, version: run.version, step: place.step },
    profileId: person?._id ?? run.profileId,
    ...{ kind: task.kind, title: task.title, note: rendered, queue: task.queue ?? null },
    ...{ assignee: task.assignee ?? null, priority: task.priority ?? 'normal' },
    outcomes: task.outcomes,
    ...{ status: 'open', outcome: null, remark: null },
    ...{ createdAt: deps.clock(), dueAt, claimedAt: null, endedAt: null },
  });
}

/** What whoever does it is told; null: nothing. */
async function noteOf(
  { externalId, settings }: DeskDeps,
  { run, task, place, person, zone }: TaskRequest,
): Promise<string | null | { error: string }> {
  if (task.note === undefined || person === null) return null;
  const { currency, defaultLanguage } = settings;
  const { entry, entryKey, responses } = run;
  const links = { unsubscribe: '' };
  const scope = {
    ...templateScope({ profile: person, entry, entryKey, currency, links, responses }),
    ids: {
      ...{ profile: person._id, external: await externalId(person._id), run: run._id },
      ...{ journey: run.journey, step: place.step },
    },
  };
  const language = person.language ?? defaultLanguage;
  const rendered = renderJson(task.note, scope, { language, zone, currency, trial: false });
  return 'json' in rendered ? textOf(rendered.json) : { error: reasonUnrendered(rendered) };
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function outcomeOf(task: StoredTask | null): TaskOutcome {
  if (task === null) return { kind: 'error', reason: 'taskGone' };
  if (task.status === 'open') return { kind: 'open', id: task._id };
  // Withdrawn: its run has ended, or is about to.
  return task.status === 'completed'
    ? { kind: 'done', outcome: task.outcome ?? '' }
    : { kind: 'expired' };
}

function wordsOf({ kind, queue, journey, step }: StoredTask): Record<string, Json> {
  return { kind, queue, journey, step };
}

async function tellClosed({ accept }: DeskDeps, task: StoredTask): Promise<void> {
  const { _id: taskId, profileId, status } = task;
  await accept({
    ...{ taskId, profileId, name: TASK_CLOSED },
    properties: { ...wordsOf(task), status },
  });
}
