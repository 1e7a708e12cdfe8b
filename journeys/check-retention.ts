import { reads } from '#domain/condition/reads.ts';
import type { Fault } from '#domain/errors.ts';
import { conditionsOf } from '#domain/journey/conditions-of.ts';
import type { Journey } from '#domain/journey/journey.ts';
import { DAY_MS, longestMs } from '#domain/time/duration.ts';
import type { EventRetention } from '#platform/retention.ts';

/**
 * Every condition that looks back further at an event than such events are kept: it would be
 * answered wrongly without anybody noticing. One that names no window means all that is kept.
 */
export function checkRetention(
  journey: Journey,
  { keptOf }: Pick<EventRetention, 'keptOf'>,
): Fault[] {
  return conditionsOf(journey).flatMap(({ pointer, condition }) =>
    reads(condition).events.flatMap(({ name, since }) => {
      const kept = keptOf(name);
      if (since === null || kept === null || longestMs(since) <= kept) return [];
      const days = String(Math.floor(kept / DAY_MS));
      return [
        {
          pointer,
          detail: `This looks back ${since} at \`${name}\`, but such events are kept for ${days} days only. Look back less, or have the operator keep them longer (KAIROS_RETENTION).`,
        },
      ];
    }),
  );
}
