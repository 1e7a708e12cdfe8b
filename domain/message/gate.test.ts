import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide, type GateFacts } from './gate.ts';

const open: GateFacts = {
  erased: false,
  runEnded: false,
  alreadySent: false,
  hasAddress: true,
  suppressed: false,
  kind: 'marketing',
  consent: null,
  consentWhenUnknown: 'allow',
};

const anyFacts: fc.Arbitrary<GateFacts> = fc.record({
  erased: fc.boolean(),
  runEnded: fc.boolean(),
  alreadySent: fc.boolean(),
  hasAddress: fc.boolean(),
  suppressed: fc.boolean(),
  kind: fc.constantFrom('marketing', 'transactional'),
  consent: fc.constantFrom(null, { granted: true }, { granted: false }),
  consentWhenUnknown: fc.constantFrom('allow', 'deny'),
});

describe('decide', () => {
  it('lets a message through when nothing speaks against it', () => {
    expect(decide(open)).toEqual({ send: true });
  });

  it('names the reason of each rule', () => {
    expect(decide({ ...open, erased: true })).toEqual({ suppressed: 'erased' });
    expect(decide({ ...open, runEnded: true })).toEqual({ suppressed: 'runEnded' });
    expect(decide({ ...open, hasAddress: false })).toEqual({ suppressed: 'noAddress' });
    expect(decide({ ...open, suppressed: true })).toEqual({ suppressed: 'suppressed' });
    expect(decide({ ...open, consent: { granted: false } })).toEqual({ suppressed: 'noConsent' });
    expect(decide({ ...open, consentWhenUnknown: 'deny' })).toEqual({ suppressed: 'noConsent' });
    expect(decide({ ...open, alreadySent: true })).toEqual({ alreadySent: true });
  });

  it('names a refusal before the want of an address', () => {
    const refused = { ...open, hasAddress: false, consent: { granted: false } };
    expect(decide(refused)).toEqual({ suppressed: 'noConsent' });
  });

  it('takes a recorded consent before the setting for unknown ones', () => {
    expect(decide({ ...open, consent: { granted: true }, consentWhenUnknown: 'deny' })).toEqual({
      send: true,
    });
  });

  it('never sends to the erased, the suppressed, the unreachable, of an ended run, or twice', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const { erased, runEnded, alreadySent, hasAddress, suppressed } = facts;
        fc.pre(erased || runEnded || alreadySent || suppressed || !hasAddress);
        expect(decide(facts)).not.toHaveProperty('send');
      }),
    );
  });

  it('never sends marketing against a refusal', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const refused: GateFacts = { ...facts, kind: 'marketing', consent: { granted: false } };
        expect(decide(refused)).not.toHaveProperty('send');
      }),
    );
  });

  it('asks no consent for transactional messages', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const transactional: GateFacts = { ...facts, kind: 'transactional' };
        expect(decide(transactional)).toEqual(
          decide({ ...transactional, consent: { granted: true } }),
        );
      }),
    );
  });
});
