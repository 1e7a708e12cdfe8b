import { describe, expect, it } from '@jest/globals';
import { readConnection } from '#domain/webhook/connection.ts';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes ok!').toString('base64')}`;

describe('a connection', () => {
  it('holds what signs and what is sent, for one origin', () => {
    const text = `loyalty=https://a.example ${SECRET} X-Api-Key:k:1 token.abc`;
    expect(readConnection(text)).toEqual({
      name: 'loyalty',
      origin: 'https://a.example',
      secrets: [SECRET],
      headers: { 'X-Api-Key': 'k:1', authorization: 'Bearer token.abc' },
    });
  });

  it.each([
    ['nothing that proves', 'loyalty=https://a.example'],
    ['a path', 'loyalty=https://a.example/points token'],
    ['a password', 'loyalty=https://me:x@a.example token'],
    ['no address', 'loyalty token'],
    ['a secret too short', 'loyalty=https://a.example whsec_abc'],
    ['a name that is none', 'Loyalty=https://a.example token'],
  ])('is refused with %s', (_what, text) => {
    expect(readConnection(text)).toBeNull();
  });
});
