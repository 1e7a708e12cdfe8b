import { describe, expect, it } from '@jest/globals';
import type { Consent } from '#domain/profile/profile.ts';
import { isKeywordNews } from './keyword-news.ts';
import { withRefusal, withReturn, type Suppressed } from './suppression.ts';

const granted: Consent = { granted: true, at: 5, source: 'checkout' };
const refused: Consent = { granted: false, at: 5, source: 'preference-centre' };
const left = withRefusal(null, 1, 'stopped');

const stop = (before: Suppressed | null, consent: Consent | null | undefined): boolean =>
  isKeywordNews('stop', { before, after: withRefusal(before, 9, 'stopped'), consent });
const start = (before: Suppressed | null, consent: Consent | null | undefined): boolean =>
  isKeywordNews('start', { before, after: withReturn(before, 9), consent });

describe('a word by text message is news', () => {
  it('when it is STOP to a number that was not left, or of a customer who agreed again since', () => {
    expect(stop(null, null)).toBe(true);
    expect(stop(null, undefined)).toBe(true);
    expect(stop(left, granted)).toBe(true);
    expect(stop(left, { ...refused, pending: true })).toBe(true);
    expect(stop(left, { ...granted, at: 1 })).toBe(false);
    expect(stop(left, refused)).toBe(false);
    expect(stop(left, null)).toBe(false);
    expect(stop(left, undefined)).toBe(false);
  });

  it('when it is START of whoever left, refused elsewhere, or never said anything', () => {
    expect(start(left, refused)).toBe(true);
    expect(start(null, refused)).toBe(true);
    expect(start(null, null)).toBe(true);
    expect(start(null, granted)).toBe(false);
    expect(start(null, undefined)).toBe(false);
  });

  it('never when it is HELP', () => {
    expect(isKeywordNews('help', { before: left, after: null, consent: granted })).toBe(false);
  });
});
