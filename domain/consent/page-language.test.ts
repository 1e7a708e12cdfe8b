import { describe, expect, it } from '@jest/globals';
import { PAGE_LANGUAGES, pageLanguage, pageWords } from './page-language.ts';

describe('the language of a page', () => {
  it('is the first that its reader reads and the page is written in, else English', () => {
    expect(pageLanguage(['de-AT', 'ru'])).toBe('de');
    expect(pageLanguage([null, 'xx', 'uk'])).toBe('uk');
    expect(pageLanguage([null, 'tlh'])).toBe('en');
  });

  it('says everything in every language, in words of its own', () => {
    const english = JSON.stringify(pageWords('en').leave);
    for (const language of PAGE_LANGUAGES) {
      const text = JSON.stringify(pageWords(language));
      expect(text).not.toContain('""');
      if (language !== 'en') expect(JSON.stringify(pageWords(language).leave)).not.toBe(english);
    }
    expect(PAGE_LANGUAGES.length).toBeGreaterThanOrEqual(8);
  });
});
