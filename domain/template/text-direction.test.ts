import { describe, expect, it } from '@jest/globals';
import { directionOf } from './text-direction.ts';

describe('directionOf', () => {
  it('knows which languages are written from right to left, whatever their region', () => {
    expect(['ar', 'he-IL', 'fa_IR', 'UR'].map(directionOf)).toEqual(['rtl', 'rtl', 'rtl', 'rtl']);
    expect(['en', 'uk', 'pt-BR', 'zh-Hant'].map(directionOf)).toEqual(['ltr', 'ltr', 'ltr', 'ltr']);
  });

  it('believes the script where a tag names one', () => {
    expect(['pa-Arab', 'az-Arab-IR', 'ks-Deva', 'pa'].map(directionOf)).toEqual([
      'rtl',
      'rtl',
      'ltr',
      'ltr',
    ]);
  });
});
