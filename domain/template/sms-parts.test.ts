import { describe, expect, it } from '@jest/globals';
import { smsParts } from './sms-parts.ts';

describe('smsParts', () => {
  it('counts septets of GSM-7, the extended ones twice', () => {
    expect(smsParts('a'.repeat(160))).toEqual({
      ...{ alphabet: 'GSM-7', units: 160, segments: 1, foreign: null },
    });
    expect(smsParts('a'.repeat(161)).segments).toBe(2);
    expect(smsParts('a'.repeat(306)).segments).toBe(2);
    expect(smsParts('a'.repeat(307)).segments).toBe(3);
    expect(smsParts('€'.repeat(80))).toMatchObject({ units: 160, segments: 1 });
    expect(smsParts('Ünü £5 @ Straße')).toMatchObject({ alphabet: 'GSM-7', segments: 1 });
  });

  it('falls to UCS-2 by one character, and names it', () => {
    expect(smsParts('It’s here')).toMatchObject({ alphabet: 'UCS-2', foreign: '’', segments: 1 });
    expect(smsParts('Ж'.repeat(70)).segments).toBe(1);
    expect(smsParts('Ж'.repeat(71)).segments).toBe(2);
    expect(smsParts('Ж'.repeat(134)).segments).toBe(2);
    expect(smsParts('Ж'.repeat(135)).segments).toBe(3);
  });

  it('parts no character between two segments', () => {
    // 152 septets and a two-septet sign do not fit into the 153 of the first part.
    expect(smsParts(`${'a'.repeat(152)}€${'a'.repeat(152)}`).segments).toBe(3);
    expect(smsParts(`${'a'.repeat(153)}€${'a'.repeat(151)}`).segments).toBe(2);
    // An emoji is two units of UCS-2.
    expect(smsParts(`${'Ж'.repeat(66)}😀${'Ж'.repeat(66)}`).segments).toBe(3);
    expect(smsParts('')).toMatchObject({ units: 0, segments: 1 });
  });
});
