import { createStamp } from '#events/accept-stamp.ts';
import { createAcceptStore } from '#events/accept-store.ts';
import { createAcceptTasks } from '#events/accept-tasks.ts';
import { createTaskStore } from '#tasks/task-store.ts';
import type { AppDeps } from './deps.ts';

/** What the shop's people read of tasks and say of them. */
export function composeTasks({
  config,
  mongo: { collections, db },
  clock,
}: Pick<AppDeps, 'config' | 'mongo' | 'clock'>): Pick<AppDeps, 'tasks'> {
  return {
    tasks: {
      store: createTaskStore({ db, keptMs: config.KAIROS_RUN_RETENTION }),
      accept: createAcceptTasks({
        store: createAcceptStore(collections, config.KAIROS_RETENTION, clock),
        stamp: createStamp(clock),
      }),
    },
  };
}
