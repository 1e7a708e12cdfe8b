import { describe, expect, it } from '@jest/globals';
import { withoutAddresses } from './without-addresses.ts';

describe('a definition without addresses', () => {
  it('has a hash in the place of each, and is else as it was', () => {
    const anna = { attribute: 'email', in: ['anna@b.example', 'ben@b.example'] };
    const phone = { attribute: 'phone', is: '+380 50 123-45-67' };
    const rest = { attribute: 'since', gte: '2026-01-01T10:00:00+02:00', note: 'a @ b', max: 3 };
    const { all } = withoutAddresses({ all: [anna, phone, rest] }) as { all: unknown[] };
    expect(JSON.stringify(all)).not.toMatch(/anna|ben|380/);
    expect(all[0]).toEqual({
      attribute: 'email',
      in: [expect.stringMatching(/^sha256:\w{16}$/), expect.stringMatching(/^sha256:\w{16}$/)],
    });
    expect(all[1]).toEqual({ attribute: 'phone', is: expect.stringMatching(/^sha256:/) });
    expect(all[2]).toEqual(rest);
  });

  it('tells whether it names the same one', () => {
    expect(withoutAddresses('x@y.example')).toBe(withoutAddresses('x@y.example'));
    expect(withoutAddresses('x@y.example')).not.toBe(withoutAddresses('z@y.example'));
  });
});
