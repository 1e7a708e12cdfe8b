import { describe, expect, it } from '@jest/globals';
import { linkCode, readLink, signLink } from './signed-link.ts';

const payload = { profile: 'p1', channel: 'email', message: 'run/step/0/0' };

describe('signed links', () => {
  it('give back what was signed, in characters that need no escaping in a URL', () => {
    const token = signLink('secret', payload);
    expect(token).toMatch(/^[A-Za-z0-9_.-]+$/);
    expect(readLink(['secret'], token)).toEqual(payload);
  });

  it('refuse another secret, a changed payload and what is no token', () => {
    const token = signLink('secret', payload);
    const [, mark = ''] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ ...payload, profile: 'p2' })).toString('base64url');
    expect(readLink(['other'], token)).toBeNull();
    expect(readLink(['secret'], `${forged}.${mark}`)).toBeNull();
    for (const wrong of ['', '.', 'a.b', `${token}.x`, token.slice(0, -2), 'x'.repeat(100_000)]) {
      expect(readLink(['secret'], wrong)).toBeNull();
    }
  });

  it('have short codes that depend on their name and the secret', () => {
    const code = linkCode('secret', 'run/step/0/0/1');
    expect(code).toMatch(/^[A-Za-z0-9_-]{12}$/);
    expect(linkCode('secret', 'run/step/0/0/1')).toBe(code);
    expect(linkCode('secret', 'run/step/0/0/2')).not.toBe(code);
    expect(linkCode('other', 'run/step/0/0/1')).not.toBe(code);
  });
});
