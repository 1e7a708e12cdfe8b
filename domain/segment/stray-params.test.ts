import { expect, it } from '@jest/globals';
import { strayParams } from './stray-params.ts';

it('A value for a name that is nearly one that is wanted is told from one nobody wants', () => {
  expect(strayParams(['categry'], ['category', 'brand'])).toEqual([
    {
      pointer: '#/params/categry',
      detail: 'No segment asks for "categry". Did you mean "category"?',
    },
  ]);
  expect(strayParams(['page', 'brand'], ['category', 'brand'])).toEqual([]);
  // What was meant is there: the other is somebody else's.
  expect(strayParams(['category', 'categorys'], ['category'])).toEqual([]);
});
