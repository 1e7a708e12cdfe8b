import type { Client } from '@temporalio/client';
import {
  nextRunOf,
  putSchedule,
  removeSchedule,
  triggerSchedule,
  type WantedSchedule,
} from '#platform/temporal-schedule.ts';
import { pullSchedule } from '#workflows/contract.ts';

/** Shorter than anybody waits for a page that only shows when the next pull is. */
const LOOK_MS = 2_000;

/** How a call to Temporal is told of that failed. */
export interface Telling {
  /** What whoever asked is told. */
  detail: string;
  /** How long it may take, in ms. */
  withinMs: number;
}

/** Makes a call; turns a Temporal that cannot be reached into `unavailable`. */
export type Tell = (
  what: string,
  work: (client: Client) => Promise<void>,
  telling?: Telling,
) => Promise<void>;

/** A pull that is asked for stands nowhere but in Temporal: nobody makes up for it. */
const OF_A_PULL: Telling = {
  detail: 'Temporal cannot be reached now, so that nothing may have begun: ask for the pull again.',
  withinMs: 10_000,
};

/** What the API asks of Temporal for sources. */
export interface PullSchedules {
  /** Makes the schedule of a source equal to its definition. */
  putPullSchedule(
    source: string,
    wanted: Pick<WantedSchedule, 'times' | 'paused' | 'revision'>,
  ): Promise<void>;
  removePullSchedule(source: string): Promise<void>;
  /** Pulls a source now, or right after the pull that is under way. */
  startPull(source: string): Promise<void>;
  /** Epoch ms of the next pull by itself; null: none, or Temporal cannot be reached. */
  nextPullAt(source: string): Promise<number | null>;
}

export function pullSchedules(
  connected: () => Promise<{ client: Client }>,
  tell: Tell,
): PullSchedules {
  return {
    putPullSchedule(source, wanted) {
      const schedule = pullSchedule(source);
      const { scheduleId } = schedule;
      return tell(scheduleId, (client) => putSchedule(client, { ...schedule, ...wanted }));
    },
    removePullSchedule(source) {
      const { scheduleId } = pullSchedule(source);
      return tell(scheduleId, (client) => removeSchedule(client, scheduleId));
    },
    startPull(source) {
      const { scheduleId } = pullSchedule(source);
      return tell(scheduleId, (client) => triggerSchedule(client, scheduleId), OF_A_PULL);
    },
    async nextPullAt(source) {
      try {
        const { client } = await connected();
        return await client.connection.withDeadline(Date.now() + LOOK_MS, () =>
          nextRunOf(client, pullSchedule(source).scheduleId),
        );
      } catch {
        return null;
      }
    },
  };
}
