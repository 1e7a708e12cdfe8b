import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { matchesPage, readPages } from './match-page.ts';

describe('the pages a message is for', () => {
  it.each([
    [undefined, '/anything', true],
    ['/cart', '/cart', true],
    ['/cart', '/cart/2', false],
    ['/cart /checkout/*', '/checkout/address', true],
    ['/cart /checkout/*', '/checkout', false],
    ['*/sale', '/women/sale', true],
    ['/p/*/reviews', '/p/12/reviews', true],
    ['/a*a', '/a', false],
    ['/**', '/', true],
  ])('%s: %s → %s', (pages, path, expected) => {
    expect(matchesPage(pages, path)).toBe(expected);
  });

  it('are paths, and not too many of them', () => {
    expect(readPages('/cart  /checkout/*')).toEqual(['/cart', '/checkout/*']);
    expect(readPages('cart')).toBeNull();
    expect(readPages('https://shop.example/cart')).toBeNull();
    expect(readPages(Array.from({ length: 21 }, () => '/a').join(' '))).toBeNull();
  });

  it('hold for whatever stands in the place of a star', () => {
    const piece = fc.stringMatching(/^[a-z/.-]{0,12}$/);
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 6 }),
        fc.array(piece),
        (parts, fill) => {
          const path = parts.map((part, index) => (index === 0 ? '' : (fill[index] ?? '')) + part);
          expect(matchesPage(`/${parts.join('*')}`, `/${path.join('')}`)).toBe(true);
        },
      ),
    );
  });
});
