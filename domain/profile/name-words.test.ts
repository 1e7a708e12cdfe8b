import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  answersTo,
  foldWords,
  NAME_WORD_CHARS_MAX,
  NAME_WORDS_MAX,
  nameWords,
  shownName,
} from './name-words.ts';

describe('the words of a name', () => {
  it('are compared without case, accents and marks, in any script', () => {
    expect(foldWords('Jürgen MÜLLER')).toEqual(['jurgen', 'muller']);
    expect(foldWords('Łukasz Weiß-Sørensen')).toEqual(['lukasz', 'sorensen', 'weiss']);
    expect(foldWords('Семён Йовович')).toEqual(['иовович', 'семен']);
    expect(foldWords('ＡＮＮＡ  İpek')).toEqual(['anna', 'ipek']);
  });

  it('with an apostrophe are found in parts and as one', () => {
    expect(foldWords('O’Brien')).toEqual(['brien', 'o', 'obrien']);
  });

  it('come from the names somebody has, each once, within a limit', () => {
    const attributes = { first_name: 'Anna', lastName: 'Koval', name: 'Anna Koval', city: 'Lviv' };
    expect(nameWords(attributes)).toEqual(['anna', 'koval']);
    expect(nameWords({ city: 'Lviv', name: 7 })).toEqual([]);
    const many = Array.from({ length: 60 }, (_, n) => `w${String(n)}`).join(' ');
    expect(nameWords({ name: many })).toHaveLength(NAME_WORDS_MAX);
    expect(nameWords({ name: 'x'.repeat(10_000) })).toEqual(['x'.repeat(NAME_WORD_CHARS_MAX)]);
  });

  it('are found by the beginning of any word, and of several in any order', () => {
    const words = nameWords({ first_name: 'Anna', last_name: 'Müller' });
    for (const typed of ['muller', 'Mül', 'an', 'mü ann', 'ANNA MÜLLER']) {
      expect([typed, answersTo(words, foldWords(typed))]).toEqual([typed, true]);
    }
    expect(answersTo(words, foldWords('ller'))).toBe(false);
    expect(answersTo(words, foldWords('anna k'))).toBe(false);
  });

  it('answer to every beginning of what they were made of', () => {
    const name = fc.stringMatching(/^[A-Za-zÀ-ÖØ-öø-ÿ]{1,12}( [A-Za-zÀ-ÖØ-öø-ÿ]{1,12}){0,3}$/);
    fc.assert(
      fc.property(name, fc.nat(), (text, cut) => {
        const typed = text.slice(0, 1 + (cut % text.length));
        expect(answersTo(nameWords({ name: text }), foldWords(typed))).toBe(true);
      }),
    );
  });
});

describe('the name that is shown', () => {
  it('is the whole one, else its parts, else none', () => {
    expect(shownName({ name: ' Anna K. ', first_name: 'Anna' })).toBe('Anna K.');
    expect(shownName({ firstName: 'Anna', last_name: 'Koval' })).toBe('Anna Koval');
    expect(shownName({ city: 'Lviv' })).toBeNull();
  });
});
