import { expect, it } from '@jest/globals';
import { durationWords } from './duration-words.ts';

it.each([
  ['P30D', '30 days'],
  ['P1D', '1 day'],
  ['P1M', '1 month'],
  ['PT1M', '1 minute'],
  ['P1Y2M3W', '1 year 2 months 3 weeks'],
  ['P1Y2M', '1 year 2 months'],
  ['P7D', '7 days'],
  ['P1DT12H', '1 day 12 hours'],
  ['PT90M', '1 hour 30 minutes'],
  ['PT0.5S', '0.5 seconds'],
  ['-P3D', '-3 days'],
  ['PT1.5S', '1.5 seconds'],
  ['soon', 'soon'],
])('%s is said as %s', (duration, words) => {
  expect(durationWords(duration)).toBe(words);
});
