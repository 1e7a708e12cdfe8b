import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { linkCode, readLink, signLink } from './signed-link.ts';

const payload = { profile: 'p1', channel: 'email', message: 'run/step/0/0' };

/** As tokens were before they were sealed: the payload in the open, and its HMAC. */
function signedOnce(secret: string, said: object): string {
  const body = Buffer.from(JSON.stringify(said)).toString('base64url');
  const mark = createHmac('sha256', secret).update(`kairos-link|${body}`).digest('base64url');
  return `${body}.${mark}`;
}

describe('signed links', () => {
  it('give back what was signed, in characters that need no escaping in a URL', () => {
    const token = signLink('secret', payload);
    expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(readLink(['secret'], token)).toEqual(payload);
    // A message that is rendered again is the same.
    expect(signLink('secret', payload)).toBe(token);
  });

  it('tell whoever has one nothing, and are shorter than what was only signed', () => {
    const said = { click: 'campaign:win-back-low-value:p1', of: 'low-value@3', n: '1' };
    const token = signLink('secret', said);
    const shown = Buffer.from(token, 'base64url').toString('latin1');
    for (const word of ['click', 'campaign', 'win-back', 'low-value']) {
      expect(shown).not.toContain(word);
    }
    // Of two that differ in one character nothing is the same.
    const other = Buffer.from(signLink('secret', { ...said, n: '2' }), 'base64url');
    const same = Buffer.from(token, 'base64url').filter((byte, at) => byte === other[at]);
    expect(same.length).toBeLessThan(12);
    expect(token.length).toBeLessThan(signedOnce('secret', said).length);
  });

  it('refuse another secret, a changed token and what is no token', () => {
    const token = signLink('secret', payload);
    expect(readLink(['other'], token)).toBeNull();
    const bytes = Buffer.from(token, 'base64url');
    for (const at of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8((bytes[at] ?? 0) ^ 1, at);
      expect(readLink(['secret'], changed.toString('base64url'))).toBeNull();
    }
    const wrongs = ['', '.', 'a.b', 'AAAA', `${token}.x`, `${token}=`, ` ${token}`];
    for (const wrong of [...wrongs, token.slice(0, -2), 'x'.repeat(100_000)]) {
      expect(readLink(['secret'], wrong)).toBeNull();
    }
  });

  it('work on with a secret of before, and as they were before they were sealed', () => {
    expect(readLink(['new', 'old'], signLink('old', payload))).toEqual(payload);
    const token = signedOnce('old', payload);
    expect(readLink(['new', 'old'], token)).toEqual(payload);
    const [body = '', mark = ''] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ ...payload, profile: 'p2' })).toString('base64url');
    for (const wrong of [`${forged}.${mark}`, `${body}.`, `${token}.x`]) {
      expect(readLink(['new', 'old'], wrong)).toBeNull();
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
