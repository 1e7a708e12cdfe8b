import { longestMs } from '#domain/time/duration.ts';
import type { Schedule } from './schedule.ts';

/** When a schedule fires, as Temporal is told: milliseconds, cron expressions, an IANA zone. */
export interface ScheduleTimes {
  intervals?: { every: number }[];
  cronExpressions?: string[];
  timezone?: string;
}

/** A source without a schedule has one that never fires by itself: it is only asked for. */
export function scheduleTimes(schedule: Schedule | null | undefined): ScheduleTimes {
  if (schedule === null || schedule === undefined) return {};
  if ('every' in schedule) return { intervals: [{ every: longestMs(schedule.every) }] };
  const { cron, zone } = schedule;
  return { cronExpressions: [cron.trim()], timezone: zone ?? 'UTC' };
}
