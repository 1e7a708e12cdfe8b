import { expect, it } from '@jest/globals';
import { spanFault } from './export.ts';

it('A span of time that ends before it begins is a mistake, and an open one is none', () => {
  expect(spanFault(2, 1)).toMatchObject({ pointer: '#/until' });
  expect(spanFault(2, 2)).toMatchObject({ pointer: '#/until' });
  expect(spanFault(1, 2)).toBeNull();
  expect(spanFault(1, null)).toBeNull();
  expect(spanFault(null, 1)).toBeNull();
});
