import { describe, expect, it } from '@jest/globals';
import { compilePattern, type DatePattern } from './date-pattern.ts';
import { instantOf, isoDate, readDateFields } from './read-date.ts';

function patternOf(text: string): DatePattern {
  const compiled = compilePattern(text);
  if ('fault' in compiled) throw new Error(compiled.fault);
  return compiled;
}

function instant(text: string, pattern: string | null, zone = 'UTC'): string | null {
  const fields = readDateFields(text, pattern === null ? null : patternOf(pattern));
  const at = fields === null ? null : instantOf(fields, zone);
  return at === null ? null : new Date(at).toISOString();
}

describe('a date in a file', () => {
  it.each([
    ['2010-12-01 08:26:00', 'yyyy-MM-dd HH:mm:ss', 'Europe/London', '2010-12-01T08:26:00.000Z'],
    ['2011-07-01 08:26:00', 'yyyy-MM-dd HH:mm:ss', 'Europe/London', '2011-07-01T07:26:00.000Z'],
    ['12/1/2010 8:26', 'M/d/yyyy H:mm', 'UTC', '2010-12-01T08:26:00.000Z'],
    ['01.12.10 08:26', 'dd.MM.yy HH:mm', 'Europe/Kyiv', '2010-12-01T06:26:00.000Z'],
    ['1 Dec 2010, 08:26 PM', "d MMM yyyy',' hh:mm a", 'UTC', '2010-12-01T20:26:00.000Z'],
    ['Wed, 1 December 2010', 'EEE, d MMMM yyyy', 'UTC', '2010-12-01T00:00:00.000Z'],
    ['20101201T082600+0200', "yyyyMMdd'T'HHmmssXX", 'UTC', '2010-12-01T06:26:00.000Z'],
    ['2010-12-01 12:05 am', 'yyyy-MM-dd hh:mm a', 'UTC', '2010-12-01T00:05:00.000Z'],
  ])('%s is read by the pattern %s in %s', (text, pattern, zone, iso) => {
    expect(instant(text, pattern, zone)).toBe(iso);
  });

  it.each([
    ['2010-12-01T08:26:00Z', 'Europe/London', '2010-12-01T08:26:00.000Z'],
    ['2010-12-01 08:26:00.123456', 'Europe/Kyiv', '2010-12-01T06:26:00.123Z'],
    ['2010-12-01', 'America/New_York', '2010-12-01T05:00:00.000Z'],
    ['2017-01-01 11:53:26 UTC', 'Europe/London', '2017-01-01T11:53:26.000Z'],
    ['1291191960', 'UTC', '2010-12-01T08:26:00.000Z'],
    ['1291191960000', 'UTC', '2010-12-01T08:26:00.000Z'],
  ])('%s needs no pattern', (text, zone, iso) => {
    expect(instant(text, null, zone)).toBe(iso);
  });

  it.each([
    ['03/04/2026', null],
    ['2026-02-29', null],
    ['2026-13-01', null],
    ['2026-01-01 25:00', null],
    ['31.04.2026', 'dd.MM.yyyy'],
    ['2026-01-01', 'dd.MM.yyyy'],
    ['13:00 pm 2026-01-01', 'hh:mm a yyyy-MM-dd'],
  ])('%s by %s is no date, and is not guessed', (text, pattern) => {
    expect(instant(text, pattern)).toBeNull();
  });

  it('takes a time that clocks skip later, and the first of one they show twice', () => {
    expect(instant('2026-03-29 01:30', null, 'Europe/London')).toBe('2026-03-29T01:30:00.000Z');
    expect(instant('2026-10-25 01:30', null, 'Europe/London')).toBe('2026-10-25T00:30:00.000Z');
    expect(instant('2026-10-25 12:00', null, 'Europe/London')).toBe('2026-10-25T12:00:00.000Z');
  });

  it('keeps the day as it was written', () => {
    const fields = readDateFields('1.2.1984', patternOf('d.M.yyyy'));
    expect(fields === null ? null : isoDate(fields)).toBe('1984-02-01');
  });
});

describe('a pattern', () => {
  it.each([
    ['YYYY-MM-dd', /Did you mean `y`/],
    ['yyyy-MM-DD', /Did you mean `d`/],
    ['yyyy-mm-dd', /lacks `M`/],
    ["yyyy-MM-dd 'T", /never closed/],
    ['yyyy-MM-dd q', /no part of a date/],
    ['yyyy-MM-dd yyyy', /twice/],
  ])('%s is refused with what was meant', (pattern, sentence) => {
    const compiled = compilePattern(pattern);
    expect('fault' in compiled ? compiled.fault : '').toMatch(sentence);
  });
});
