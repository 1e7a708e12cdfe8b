import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readPath, type JsonObject } from '#domain/json.ts';
import { addLookBack, heldBytes, onlyAt, projectable, type LookBack } from './look-back.ts';

/** Names as shops choose them, and those that mean something else where they are looked up. */
const NAMES = ['a', 'b', '0', '1', 'length', '$x', '__proto__'];

const { content } = fc.letrec<{ value: JsonObject[string]; content: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<JsonObject[string]>(null, true, 5, '', 'text'),
    tie('content'),
    fc.array(tie('value'), { maxLength: 2 }),
  ),
  content: fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 4 }),
}));

const paths = fc.array(
  fc
    .tuple(
      fc.constantFrom('properties', 'context'),
      fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }),
    )
    .map(([root, parts]) => [root, ...parts].join('.')),
  { maxLength: 4 },
);

describe('what a look back keeps of an event', () => {
  it('reads the same at every path asked for as the whole event', () => {
    fc.assert(
      fc.property(
        content,
        fc.option(content, { nil: undefined }),
        paths,
        (properties, context, asked) => {
          const whole = { properties, ...(context && { context }) };
          const kept = onlyAt(whole, asked);
          for (const path of asked) expect(readPath(kept, path)).toEqual(readPath(whole, path));
        },
      ),
    );
  });

  it('is nothing that was not asked for', () => {
    const whole = { properties: { revenue: 5, products: [{ price: 2, note: 'x' }] }, context: {} };
    expect(onlyAt(whole, ['properties.products.0.price', 'context.page'])).toEqual({
      properties: { products: { 0: { price: 2 } } },
    });
    expect(onlyAt(whole, [])).toEqual({ properties: {} });
  });

  it('weighs less than the event, and more the longer its texts are', () => {
    const weightOf = (text: string): number =>
      heldBytes(onlyAt({ properties: { text, other: 'x'.repeat(9_000) } }, ['properties.text']));
    expect(weightOf('x'.repeat(5_000)) - weightOf('')).toBe(5_000);
    expect(weightOf('')).toBeLessThan(1_000);
  });
});

describe('the projection for a look back', () => {
  it('stops above what MongoDB would read otherwise: items, lengths and names with a dollar', () => {
    const asked = ['properties.products.0.price', 'properties.tags.length', 'properties.a.$b.c'];
    expect(projectable(asked)).toEqual(['properties.products', 'properties.tags', 'properties.a']);
  });

  it('names no path within another, which MongoDB refuses', () => {
    const asked = ['properties.a.b', 'properties.a', 'properties.ab', 'properties.a'];
    expect(projectable(asked)).toEqual(['properties.a', 'properties.ab']);
    expect(projectable(['properties.0', 'properties.revenue'])).toEqual(['properties']);
  });
});

it('two needs of one event reach back as far as the further, and read what either reads', () => {
  const needed = new Map<string, LookBack>();
  addLookBack(needed, 'A', { since: 5, paths: ['properties.a'] });
  addLookBack(needed, 'A', { since: 9, paths: ['properties.b'] });
  expect(needed.get('A')).toEqual({ since: 5, paths: new Set(['properties.a', 'properties.b']) });
});
