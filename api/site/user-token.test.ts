import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { readUserToken } from './user-token.ts';

const KEY = 'write-key-of-the-shop';
const NOW = Date.UTC(2026, 10, 23);
const inAnHour = NOW / 1_000 + 3_600;

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function token(claims: object, { key = KEY, alg = 'HS256' } = {}): string {
  const signed = `${encode({ alg, typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

describe('a user token', () => {
  it('names the customer for whom the shop’s server signed it, with a key of now or of before', async () => {
    const good = token({ sub: '42', exp: inAnHour });
    expect(await readUserToken([KEY], good, NOW)).toMatchObject({ userId: '42' });
    const keys = ['a-newer-key-of-the-shop', KEY];
    expect(await readUserToken(keys, good, NOW)).toMatchObject({ userId: '42' });
  });

  it.each([
    ['of another key', token({ sub: '42', exp: inAnHour }, { key: 'guessed' })],
    ['of no algorithm', token({ sub: '42', exp: inAnHour }, { alg: 'none' })],
    ['whose customer was exchanged', exchanged()],
    ['that expired', token({ sub: '42', exp: NOW / 1_000 - 1 })],
    ['that never ends', token({ sub: '42' })],
    ['that lasts a year', token({ sub: '42', exp: NOW / 1_000 + 31_536_000 })],
    ['of nobody', token({ sub: '', exp: inAnHour })],
    ['that is none', 'abc'],
  ])('%s is refused', async (_what, bad) => {
    await expect(readUserToken([KEY], bad, NOW)).rejects.toThrow(/user token/);
  });
});

function exchanged(): string {
  const [head, , mark] = token({ sub: '42', exp: inAnHour }).split('.');
  return [head, encode({ sub: '43', exp: inAnHour }), mark].join('.');
}
