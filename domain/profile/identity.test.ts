import { describe, expect, it } from '@jest/globals';
import { identityId, parseIdentity, partitionOf, PARTITIONS } from '#domain/profile/identity.ts';

describe('identity', () => {
  it.each([
    ['external:42', { kind: 'external', value: '42' }],
    ['external:a:b', { kind: 'external', value: 'a:b' }],
    ['email: A@B.Example ', { kind: 'email', value: 'a@b.example' }],
    ['phone:+380 (50) 123-45-67', { kind: 'phone', value: '+380501234567' }],
    ['anonymous:x', { kind: 'anonymous', value: 'x' }],
    ['device:Token', { kind: 'device', value: 'Token' }],
    ['phone:0501234567', null],
    ['email:nobody', null],
    ['external:', null],
    ['constructor:1', null],
    ['42', null],
    ['external:a\u0000b', null],
    ['external:\ud800', null],
    [`external:${'x'.repeat(401)}`, null],
  ])('reads %j', (text, identity) => {
    expect(parseIdentity(text)).toEqual(identity);
  });

  it('is kept under its kind and value', () => {
    expect(identityId('email', 'a@b.example')).toBe('email:a@b.example');
  });
});

describe('partitionOf', () => {
  it('never changes, for it is stored', () => {
    expect(['', 'p1', 'f3b1c2', 'профиль'].map(partitionOf)).toMatchInlineSnapshot(`
     [
       25,
       52,
       7,
       40,
     ]
    `);
  });

  it('spreads profiles evenly', () => {
    const counts = Array.from({ length: PARTITIONS }, () => 0);
    for (let index = 0; index < 64_000; index += 1) {
      const partition = partitionOf(`profile-${String(index)}`);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1200);
  });
});
