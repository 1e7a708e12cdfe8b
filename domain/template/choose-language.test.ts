import { describe, expect, it } from '@jest/globals';
import { chooseLanguage } from './choose-language.ts';

describe('chooseLanguage', () => {
  it('takes the exact language before its base', () => {
    expect(chooseLanguage(['pt', 'pt-BR'], ['pt-BR'])).toBe('pt-BR');
  });

  it('falls back from a region to its base language', () => {
    expect(chooseLanguage(['en', 'ru'], ['ru-RU'])).toBe('ru');
    expect(chooseLanguage(['en', 'ru'], ['ru_RU'])).toBe('ru');
  });

  it('takes another region of the same language before another language', () => {
    expect(chooseLanguage(['en', 'pt-PT'], ['pt-BR'])).toBe('pt-PT');
  });

  it("prefers the profile's language, then the browser's, then the default", () => {
    expect(chooseLanguage(['en', 'ru', 'uk'], ['uk', 'ru', 'en'])).toBe('uk');
    expect(chooseLanguage(['en', 'ru'], [null, 'RU-ru', 'en'])).toBe('ru');
    expect(chooseLanguage(['de', 'en'], ['uk', null, 'en'])).toBe('en');
  });

  it('ends with the first language when nothing matches', () => {
    expect(chooseLanguage(['de', 'fr'], ['uk', null, 'en'])).toBe('de');
    expect(chooseLanguage([], ['en'])).toBeNull();
  });
});
