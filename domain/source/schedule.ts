import { z } from 'zod';
import { Duration, MINUTE_MS, readDuration } from '#domain/time/duration.ts';
import { isZone } from '#domain/time/zone.ts';
import { cronFault, CRON_LENGTH_MAX } from './cron.ts';

/** Exact: Temporal counts an interval in seconds, and no month is as long as the next. */
const Every = Duration.superRefine((text, context) => {
  const read = readDuration(text);
  if ('fault' in read) return;
  if (read.ok.months !== 0) {
    context.addIssue({ code: 'custom', message: 'Months differ in length: write a `cron`.' });
  } else if (read.ok.ms < MINUTE_MS) {
    context.addIssue({ code: 'custom', message: 'The shortest interval is a minute: PT1M.' });
  }
}).describe('An interval of a minute or more, such as PT15M.');

const Cron = z
  .string()
  .max(CRON_LENGTH_MAX)
  .superRefine((text, context) => {
    const fault = cronFault(text);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  })
  .describe('Minute, hour, day of the month, month, weekday: `30 4 * * MON-FRI`.');

const Zone = z
  .string()
  .refine(isZone, { error: 'Write an IANA time zone, such as Europe/London.' })
  .describe('On whose clock `cron` is; UTC where nothing is said.');

/** When a source is pulled by itself. */
export const Schedule = z.union([
  z.strictObject({ every: Every }),
  z.strictObject({ cron: Cron, zone: Zone.optional() }),
]);
export type Schedule = z.infer<typeof Schedule>;
