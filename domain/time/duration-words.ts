const PART = /(\d+(?:\.\d+)?)([YMWDHS])/g;
const DATE_WORDS = { Y: 'year', M: 'month', W: 'week', D: 'day' } as const;
const TIME_WORDS = { H: 'hour', M: 'minute', S: 'second' } as const;

/** An ISO 8601 duration as people say it: `P30D` is `30 days`; a text that is none stays as it is. */
export function durationWords(duration: string): string {
  const [, sign, dates = '', times = ''] = /^(-?)P([^T]*)(?:T(.+))?$/.exec(duration) ?? [];
  if (sign === undefined) return duration;
  const parts = [...partsOf(dates, DATE_WORDS), ...partsOf(times, TIME_WORDS)];
  return parts.length === 0 ? duration : `${sign}${parts.join(' ')}`;
}

function partsOf(text: string, words: Readonly<Partial<Record<string, string>>>): string[] {
  return [...text.matchAll(PART)].map(
    ([, count = '', unit = '']) => `${count} ${words[unit] ?? unit}${count === '1' ? '' : 's'}`,
  );
}
