import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { attributeSource, sourceOf } from './attribute-sources.ts';
import { setAttributes } from './attributes.ts';
import { mergeProfiles } from './merge-profiles.ts';
import { newProfile } from './new-profile.ts';
import type { Profile } from './profile.ts';

const NAMES = ['city', 'size', 'pet'] as const;
const SOURCES = ['server', 'browser', 'import:i1'] as const;

const words = fc.array(
  fc.record({
    name: fc.constantFrom(...NAMES),
    source: fc.constantFrom(...SOURCES),
    value: fc.constantFrom('x', 'y', null),
    at: fc.nat({ max: 50 }),
  }),
  { maxLength: 12 },
);
type Words = typeof words extends fc.Arbitrary<infer T> ? T : never;

function told(id: string, said: Words): Profile {
  return said.reduce(
    (profile, { name, value, at, source }) =>
      setAttributes(profile, { [name]: value }, { at, source }),
    newProfile(id, 0, 0),
  );
}

/** Who said each attribute last, found the long way. */
function lastWords(said: Words): Map<string, string> {
  const last = new Map<string, { at: number; source: string }>();
  for (const { name, at, source } of said) {
    if ((last.get(name)?.at ?? -1) <= at) last.set(name, { at, source });
  }
  return new Map([...last].map(([name, { source }]) => [name, source]));
}

describe('who said an attribute', () => {
  it('is whoever said the word that stands, however they took turns', () => {
    fc.assert(
      fc.property(words, (said) => {
        const profile = told('p', said);
        for (const [name, source] of lastWords(said)) {
          expect(attributeSource(profile, name)).toBe(source);
        }
      }),
    );
  });

  it('stays with the value that wins when two profiles become one', () => {
    fc.assert(
      fc.property(words, words, (ours, theirs) => {
        const [keep, other] = [told('k', ours), told('o', theirs)];
        const joined = mergeProfiles(keep, other);
        for (const [name, at] of Object.entries(joined.attributeTimes)) {
          const winner = (keep.attributeTimes[name] ?? -1) >= at ? keep : other;
          expect(attributeSource(joined, name)).toBe(attributeSource(winner, name));
        }
      }),
    );
  });

  it('is written once where all come from one source, and unknown for what is older than it', () => {
    const server = { at: 1, source: 'server' };
    const one = setAttributes(newProfile('p', 0, 0), { city: 'Lviv', size: 'M' }, server);
    expect(one.attributeSources).toEqual({ most: 'server', others: {} });
    const old = {
      ...newProfile('p', 0, 0),
      attributes: { city: 'X' },
      attributeTimes: { city: 0 },
    };
    const later = setAttributes(old, { size: 'M' }, server);
    expect(attributeSource(later, 'size')).toBe('server');
    expect(attributeSource(later, 'city')).toBeNull();
    expect(attributeSource(old, 'city')).toBeNull();
  });

  it('names the import of a row, and else the kind of key', () => {
    expect(sourceOf({ source: 'admin', context: { import: 'i1' } })).toBe('import:i1');
    expect(sourceOf({ source: 'browser' })).toBe('browser');
  });
});
