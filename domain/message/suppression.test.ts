import { describe, expect, it } from '@jest/globals';
import type { Consent } from '#domain/profile/profile.ts';
import { afterLift, scopeFor, withRefusal, type Suppressed } from './suppression.ts';

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

it('is free where it is on no list', () => {
  expect(scopeFor(null, null)).toBeNull();
});
