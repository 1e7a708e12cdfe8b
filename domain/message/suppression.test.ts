import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Consent } from '#domain/profile/profile.ts';
import {
  afterLift,
  isLeft,
  scopeFor,
  withRefusal,
  withReturn,
  type Suppressed,
} from './suppression.ts';

const consent = (granted: boolean, at: number, source = 'form'): Consent => ({
  ...{ granted, at, source },
});
const left = withRefusal(null, 10);

describe('an address that somebody left by a link', () => {
  it('gets no marketing, whichever of its customers it would be for', () => {
    expect(scopeFor(left, null)).toBe('marketing');
    expect(scopeFor(left, consent(false, 10))).toBe('marketing');
    expect(scopeFor(left, consent(true, 9))).toBe('marketing');
  });

  it('gets it again for a customer who agreed later, and not at the same moment', () => {
    expect(scopeFor(left, consent(true, 11))).toBeNull();
    expect(scopeFor(left, consent(true, 10))).toBe('marketing');
    expect(scopeFor(withRefusal(left, 12), consent(true, 11))).toBe('marketing');
  });

  it('is not won back by what a site says with every page view', () => {
    expect(scopeFor(left, consent(true, 11, 'tracking'))).toBe('marketing');
    const stamped = { ...consent(true, 12, 'tracking'), grantedAt: 11 };
    expect(scopeFor(left, stamped)).toBeNull();
    expect(scopeFor(left, { ...stamped, granted: false })).toBe('marketing');
    // Who agreed and took it back is not won back by it either.
    expect(scopeFor(left, { ...stamped, refusedAt: 11 })).toBe('marketing');
  });

  it('is left at the latest of the refusals, in whatever order they are heard of', () => {
    expect(withRefusal(withRefusal(null, 20), 10)).toEqual(withRefusal(left, 20));
    expect(withRefusal(left, 10)).toEqual(left);
  });
});

describe('an address that is on the list for something else', () => {
  const bounced: Suppressed = { reason: 'softBounces', scope: 'marketing', at: 5 };
  const dead: Suppressed = { reason: 'hardBounce', at: 5 };

  it('stays there whatever anybody agrees to', () => {
    for (const refused of [false, true]) {
      const [soft, hard] = [bounced, dead].map((one) => (refused ? withRefusal(one, 10) : one));
      expect(scopeFor(soft ?? null, consent(true, 11))).toBe('marketing');
      expect(scopeFor(hard ?? null, consent(true, 11))).toBe('all');
    }
    expect(withRefusal(dead, 10)).toMatchObject({ reason: 'hardBounce', at: 5 });
  });

  it('is still left when that is lifted, and free when the refusal is lifted, too', () => {
    expect(afterLift(bounced)).toBeNull();
    const refused = afterLift(withRefusal(bounced, 10));
    expect(refused).toEqual(left);
    expect(refused && afterLift(refused)).toBeNull();
  });
});

describe('a number whose owner wrote STOP', () => {
  const stopped = withRefusal(null, 10, 'stopped');

  it('gets no marketing until they write START, and everything else that stands still stands', () => {
    expect(scopeFor(stopped, consent(true, 9))).toBe('marketing');
    expect(withReturn(stopped, 11)).toBeNull();
    const dead: Suppressed = { reason: 'hardBounce', at: 5 };
    expect(withReturn(withRefusal(dead, 10, 'stopped'), 11)).toEqual(dead);
    expect(withReturn(dead, 11)).toEqual(dead);
    expect(withReturn({ reason: 'manual', scope: 'marketing', at: 5 }, 11)).not.toBeNull();
  });

  it('is free, too, where it was the operator who told of the STOP', () => {
    const optedOut: Suppressed = { reason: 'optedOut', scope: 'all', at: 10 };
    expect([isLeft(optedOut), withReturn(optedOut, 11)]).toEqual([true, null]);
  });

  it('stands as the latest word has it, in whatever order words are heard of', () => {
    const word = fc.record({ stop: fc.boolean(), at: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(fc.uniqueArray(word, { selector: ({ at }) => at, maxLength: 6 }), (words) => {
        // A START that is heard of before an earlier STOP is all that order can hide: no more goes out.
        const heard = words.reduce<Suppressed | null>(
          (now, { stop, at }) => (stop ? withRefusal(now, at, 'stopped') : withReturn(now, at)),
          null,
        );
        const last = [...words].sort((a, b) => a.at - b.at).at(-1);
        if (last?.stop === true) expect(scopeFor(heard, consent(true, 0))).toBe('marketing');
      }),
    );
  });
});

it('is free where it is on no list', () => {
  expect(scopeFor(null, null)).toBeNull();
});
