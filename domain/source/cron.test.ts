import { describe, expect, it } from '@jest/globals';
import { cronFault } from '#domain/source/cron.ts';

describe('cronFault', () => {
  it.each([
    '* * * * *',
    '*/15 * * * *',
    '30 4 * * MON-FRI',
    '0 0,12 1-7 JAN,jul 0',
    '5-55/10 8-18 * * 7',
  ])('takes %s', (text) => {
    expect(cronFault(text)).toBeNull();
  });

  it.each([
    ['', 'five parts'],
    ['0 4 * *', 'five parts'],
    ['0 0 4 * * *', 'five parts'],
    ['@daily', 'five parts'],
    ['60 4 * * *', '"60" is no minute'],
    ['0 24 * * *', '"24" is no hour'],
    ['0 4 0 * *', '"0" is no day of the month'],
    ['0 4 * * FUN', '"FUN" is no day of the week'],
    ['0 4 * * FRI-MON', '"FRI-MON" is no day of the week'],
    ['*/0 4 * * *', '"*/0" is no minute'],
    ['1-2-3 4 * * *', '"1-2-3" is no minute'],
    ['0 4 , * *', '"" is no day of the month'],
  ])('says what is wrong with %j', (text, said) => {
    expect(cronFault(text)).toContain(said);
  });
});
