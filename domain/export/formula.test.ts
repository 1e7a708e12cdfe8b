import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { withMark, withoutMark } from '#domain/export/formula.ts';

describe('A cell that a spreadsheet would run', () => {
  it.each(['=cmd|" /C calc"!A0', '+1+2', '-1+2', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1+1'])(
    'gets an apostrophe in front: %j',
    (text) => {
      expect(withMark(text)).toBe(`'${text}`);
    },
  );

  it.each(['+380501234567', '-19.90', '-5', 'a=b', '', "O'Neill", "'quoted'", ' = '])(
    'is told from one that does no harm: %j',
    (text) => {
      expect(withMark(text)).toBe(text);
    },
  );

  it('is the same text again once it comes back, whatever stands in it', () => {
    const nearlyFormula = fc
      .tuple(fc.stringMatching(/^'{0,3}$/), fc.constantFrom('=', '+', '-', '@', '\t', 'x', ''))
      .chain((head) => fc.string().map((tail) => `${head.join('')}${tail}`));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), nearlyFormula), (text) => {
        expect(withoutMark(withMark(text))).toBe(text);
      }),
    );
  });

  it('that another program marked loses its mark on the way in', () => {
    expect(withoutMark("'+380501234567")).toBe('+380501234567');
    expect(withoutMark("'tis")).toBe("'tis");
  });
});
