import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { emailInForm, readSha256 } from './email-hash.ts';
import { parseImportMap } from './import-map.ts';
import { planImport } from './plan-import.ts';
import { readRow } from './read-row.ts';

const tools = { email: (text: string) => text, phone: (text: string) => text, hash: String };
const frame = { importId: 'i', saidAt: 0, tools };
const defaults = { currency: 'EUR', zone: 'UTC' };

describe('The hash of an e-mail', () => {
  it('is one and the same in hexadecimal digits and in both kinds of base64', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const hash = createHash('sha256').update(text);
        const bytes = hash.digest();
        const hex = bytes.toString('hex');
        const written = [hex, hex.toUpperCase(), bytes.toString('base64')];
        for (const one of [...written, bytes.toString('base64url')]) {
          expect(readSha256(one)).toBe(hex);
        }
      }),
    );
  });

  it.each(['', 'a@b.example', 'd41d8cd98f00b204e9800998ecf8427e', 'g'.repeat(64), 'a'.repeat(63)])(
    'is not %j',
    (text) => {
      expect(readSha256(text)).toBeNull();
    },
  );

  it.each([
    ['a.nna+x@gmail.com', 'anna+x@gmail.com'],
    ['a.n.n.a@googlemail.com', 'anna@googlemail.com'],
    ['a.nna@b.example', 'a.nna@b.example'],
    ['a.nna@gmail.com.example', 'a.nna@gmail.com.example'],
  ])('of %s in Google’s form is that of %s', (email, form) => {
    expect(emailInForm(email, 'google')).toBe(form);
    expect(emailInForm(email, 'plain')).toBe(email);
  });
});

describe('A row of an audience', () => {
  const hex = createHash('sha256').update('a@b.example').digest('hex');

  it('is its hash, by the usual names of the column or the map’s', () => {
    for (const column of ['email_sha256', 'Hashed Email', 'SHA256', 'em']) {
      const plan = planImport('audience', ['segment', column], null, defaults);
      const row = { number: 1, cells: ['x', ` ${hex} `] };
      expect(readRow(plan, row, frame)).toMatchObject({ outcome: 'taken', taken: { hash: hex } });
      expect(plan.ignored).toEqual(['segment']);
    }
    const map = parseImportMap({ email_sha256: 'who' });
    expect(planImport('audience', ['who'], map, defaults).fields).toHaveProperty('email_sha256');
  });

  it('that is none says so by its line, and quotes nothing', () => {
    const plan = planImport('audience', ['hash'], null, defaults);
    const read = readRow(plan, { number: 7, cells: ['anna@b.example'] }, frame);
    expect(read).toEqual({
      outcome: 'rejected',
      fault: {
        row: 7,
        column: 'hash',
        detail: '"hash" is an e-mail: hash it first (SHA-256 of the trimmed, lower-cased address).',
      },
    });
    const other = readRow(plan, { number: 7, cells: ['anna'] }, frame);
    const detail = '"hash" is no SHA-256, in hexadecimal digits or in base64.';
    expect(other).toMatchObject({ outcome: 'rejected', fault: { detail } });
    const empty = readRow(plan, { number: 8, cells: [null] }, frame);
    expect(empty).toMatchObject({ outcome: 'rejected', fault: { row: 8, column: 'hash' } });
  });

  it('is none in a file without such a column', () => {
    expect(() => planImport('audience', ['email'], null, defaults)).toThrow();
  });
});
