import { describe, expect, it } from '@jest/globals';
import { abandonedCart } from './journey.example.ts';
import { listenedNames } from './listened-names.ts';

describe('what a journey listens for', () => {
  it('is its entry, its exits, its goal and what its steps wait for, each once', () => {
    expect([...listenedNames(abandonedCart())].sort()).toEqual([
      'Cart Viewed',
      'Order Completed',
      'Product Added',
    ]);
  });
});
