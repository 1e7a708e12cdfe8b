import { describe, expect, it } from '@jest/globals';
import { readPath } from '#domain/json.ts';

describe('readPath', () => {
  it('reads nested values and list places', () => {
    expect(
      readPath({ properties: { products: [{ name: 'a' }] } }, 'properties.products.0.name'),
    ).toBe('a');
  });

  it('finds nothing on prototypes', () => {
    expect(readPath({ properties: {} }, 'properties.constructor')).toBeUndefined();
    expect(readPath({ properties: {} }, '__proto__.toString')).toBeUndefined();
  });
});
