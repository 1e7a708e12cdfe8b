import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { runId } from '#domain/journey/run-id.ts';
import { sha256 } from '#domain/journey/sha-256.ts';

describe('runId', () => {
  const one = { journey: 'abandoned-cart', profileId: 'p1', entryKey: 'c1' };

  it('is the same for the same run, in every release', () => {
    expect(runId(one)).toBe(runId({ ...one }));
    expect(runId(one)).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
  });

  it('differs as soon as anything differs', () => {
    const others = [
      one,
      { ...one, journey: 'birthday' },
      { ...one, profileId: 'p2' },
      { ...one, entryKey: null },
      { ...one, entryKey: 'null' },
      { ...one, entryKey: '' },
      { ...one, distinguisher: 'e1' },
      { ...one, profileId: 'p1c', entryKey: '1' },
    ];
    expect(new Set(others.map(runId)).size).toBe(others.length);
  });

  it('hashes as SHA-256 does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const expected = createHash('sha256').update(text).digest('hex');
        expect(Buffer.from(sha256(text)).toString('hex')).toBe(expected);
      }),
    );
  });
});
