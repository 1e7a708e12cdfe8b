import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keywordIn } from './keywords.ts';

describe('a word by text message', () => {
  it.each([
    ['STOP', 'stop', 'en'],
    [' stop! ', 'stop', 'en'],
    ['Stop all', 'stop', 'en'],
    ['«Стоп».', 'stop', 'uk', 'ru'],
    ['arrêt', 'stop', 'fr'],
    ['arre\u0302t', 'stop', 'fr'],
    ['إيقاف', 'stop', 'ar'],
    ['Start', 'start', 'en'],
    ['підписатися', 'start', 'uk'],
    ['help?', 'help', 'en'],
    ['Hilfe', 'help', 'de'],
    ['помощь', 'help', 'ru'],
  ])('%s asks to %s', (text, keyword, ...languages) => {
    expect(keywordIn(text)).toEqual({ keyword, languages });
  });

  it('is no word where there is anything beside it', () => {
    for (const text of ['stop sending me blue ones', 'do not stop', '', '…', 'non-stop', 'yes']) {
      expect(keywordIn(text)).toBeNull();
    }
  });

  it('is understood in any case and with any marks around it', () => {
    const marks = fc.stringMatching(/^[ .!?,;:"'()\n]{0,5}$/);
    fc.assert(
      fc.property(marks, fc.constantFrom('stop', 'Stop', 'sToP'), marks, (before, word, after) => {
        expect(keywordIn(before + word + after)?.keyword).toBe('stop');
      }),
    );
  });
});
