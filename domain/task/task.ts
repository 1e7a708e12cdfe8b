import { z } from 'zod';

/** What of a task its step decides; a shop's call centre reads it. */

/** A word of the shop for what is to be done, who does it or how it went. */
export const TaskWord = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, {
    error: 'Write one word of letters, digits, - and _, as in call or noAnswer.',
  });

export const PRIORITIES = ['low', 'normal', 'high'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** The kind of task that is a contact: the customer must have agreed to it. */
export const CALL_KIND = 'call';

/** `expired`: nobody did it in time; `withdrawn`: its run ended before. */
export const TASK_STATUSES = ['open', 'completed', 'expired', 'withdrawn'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** The customer's events that tell of tasks. */
export const TASK_CREATED = 'Task Created';
export const TASK_COMPLETED = 'Task Completed';
export const TASK_CLOSED = 'Task Closed';

/** Longest note of whoever writes a task or does it, in characters. */
export const NOTE_MAX = 2_000;
/** Longest name of whoever does it, in characters. */
export const NAME_MAX = 200;

/** The one id of a task: made from run and step, so that a repeat is the same task. */
export function taskIdOf(runId: string, { step, hop }: { step: string; hop: number }): string {
  return `${runId}.${step}.${String(hop)}`;
}
