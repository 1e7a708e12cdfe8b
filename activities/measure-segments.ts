import { lastStretches } from '#domain/segment/size-times.ts';
import type { Clock } from '#platform/clock.ts';
import type { SizeStore } from '#segments/size-store.ts';

export interface MeasureDeps {
  sizes: SizeStore;
  clock: Clock;
  settings: { defaultZone: string };
}

/**
 * Notes how many are in each segment, and how many came and went in the last whole hour of the
 * shop's clock; once a day, those of the last whole day too. Looks at no profile.
 */
export async function measureSegments({ sizes, clock, settings }: MeasureDeps): Promise<void> {
  const { hour, day } = lastStretches(clock(), settings.defaultZone);
  const isNewDay = !(await sizes.isNoted('day', day.to));
  const [inHour, inDay] = [
    await sizes.moved(hour),
    isNewDay ? await sizes.moved(day) : new Map<string, never>(),
  ];
  const none = { entered: 0, left: 0 };
  for (const segment of await sizes.keys()) {
    const size = await sizes.size(segment);
    const hourly = { segment, every: 'hour' as const, at: hour.to, size };
    const daily = { segment, every: 'day' as const, at: day.to, size };
    await sizes.note([
      { ...hourly, ...(inHour.get(segment) ?? none) },
      ...(isNewDay ? [{ ...daily, ...(inDay.get(segment) ?? none) }] : []),
    ]);
  }
}
