import { describe, expect, it } from '@jest/globals';
import { keywordReply } from './keyword-replies.ts';
import { smsParts } from '#domain/template/sms-parts.ts';

describe('the answer to a word by text message', () => {
  it('is in the language of the word, or of the person who wrote an English one', () => {
    expect(keywordReply('stop', ['uk'], ['de'])).toContain('СТАРТ');
    expect(keywordReply('stop', ['en'], ['de-AT'])).toContain('Angebote');
    expect(keywordReply('help', ['en'], [null, 'tlh'])).toContain('Offers');
    // СТОП is a word of two languages.
    expect(keywordReply('stop', ['uk', 'ru'], ['ru'])).toContain('Предложений');
    expect(keywordReply('stop', ['uk', 'ru'], ['uk-UA'])).toContain('Пропозицій');
    expect(keywordReply('stop', ['uk', 'ru'], ['de'])).toContain('Пропозицій');
  });

  it('is one text, or two at most where the alphabet takes more room', () => {
    for (const language of ['en', 'de', 'es', 'fr', 'pl', 'uk', 'ru', 'ar']) {
      for (const keyword of ['stop', 'start', 'help'] as const) {
        const { segments } = smsParts(keywordReply(keyword, [language], []));
        expect(segments).toBeLessThanOrEqual(['uk', 'ru', 'ar'].includes(language) ? 2 : 1);
      }
    }
  });
});
