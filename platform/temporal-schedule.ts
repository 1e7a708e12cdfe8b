import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';

/**
 * A time missed in an outage of Temporal is made up for within a day: what is nightly must not wait
 * for the next night. Of several missed ones the first runs, and the others find it running.
 */
const CATCHUP_MS = 24 * 60 * 60 * 1000;

/** What Temporal is to start, and when. */
export interface WantedSchedule {
  scheduleId: string;
  workflowType: string;
  /** Temporal appends the time to it. */
  workflowId: string;
  taskQueue: string;
  args: unknown[];
  /** None: only when asked for. */
  times: Pick<ScheduleOptions['spec'], 'intervals' | 'cronExpressions' | 'timezone'>;
  paused: boolean;
  /** Grows with each change, so that a late writer does not bring an older definition back. */
  revision: number;
}

/** Makes a schedule, or makes an existing one equal to this. One run of it at a time. */
export async function putSchedule(client: Client, wanted: WantedSchedule): Promise<void> {
  const { scheduleId, workflowType, workflowId, taskQueue, args } = wanted;
  const fresh = {
    spec: wanted.times,
    action: { type: 'startWorkflow' as const, workflowType, workflowId, taskQueue, args },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCHUP_MS },
    state: { paused: wanted.paused, note: noteOf(wanted.revision) },
  };
  try {
    await client.schedule.create({ scheduleId, ...fresh });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const handle = client.schedule.getHandle(scheduleId);
    const { state } = await handle.describe();
    if (revisionIn(state.note) > wanted.revision) return;
    await handle.update(() => fresh);
  }
}

/** One that is not there counts as removed. */
export async function removeSchedule(client: Client, scheduleId: string): Promise<void> {
  try {
    await client.schedule.getHandle(scheduleId).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

/** Runs it now, or right after the run that is under way. */
export async function triggerSchedule(client: Client, scheduleId: string): Promise<void> {
  await client.schedule.getHandle(scheduleId).trigger(ScheduleOverlapPolicy.BUFFER_ONE);
}

/** Epoch ms at which it runs next by itself; null: never, or it is paused or not there. */
export async function nextRunOf(client: Client, scheduleId: string): Promise<number | null> {
  try {
    const { state, info } = await client.schedule.getHandle(scheduleId).describe();
    const [next] = info.nextActionTimes;
    return state.paused || next === undefined ? null : next.getTime();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

function noteOf(revision: number): string {
  return `revision ${String(revision)}`;
}

function revisionIn(note: string | undefined): number {
  return Number(/^revision (\d+)$/.exec(note ?? '')?.[1] ?? 0);
}
