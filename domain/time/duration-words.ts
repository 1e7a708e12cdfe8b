import { DAY_MS, HOUR_MS, MINUTE_MS, readDuration, SECOND_MS } from './duration.ts';

const UNITS = [
  ['day', DAY_MS],
  ['hour', HOUR_MS],
  ['minute', MINUTE_MS],
  ['second', SECOND_MS],
] as const;

const WEEK = ['week', 7 * DAY_MS] as const;

/**
 * An ISO 8601 duration as people say it: `PT1H30M` as `1 hour 30 minutes`, weeks where weeks were
 * written; text that is no duration stays as it is.
 */
export function durationWords(text: string): string {
  const read = readDuration(text);
  if (!('ok' in read)) return text;
  const months = Math.abs(read.ok.months);
  const parts: [number, string][] = [
    [Math.trunc(months / 12), 'year'],
    [months % 12, 'month'],
  ];
  let left = Math.abs(read.ok.ms);
  for (const [unit, size] of text.includes('W') ? [WEEK, ...UNITS] : UNITS) {
    const whole = unit === 'second' ? left / size : Math.trunc(left / size);
    parts.push([whole, unit]);
    left -= whole * size;
  }
  const said = parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${String(count)} ${unit}${count === 1 ? '' : 's'}`);
  return said.length === 0 ? text : `${text.startsWith('-') ? '-' : ''}${said.join(' ')}`;
}
