import { expect, it } from '@jest/globals';
import { DomainError } from '#domain/errors.ts';
import { checkKind } from './check-header.ts';
import { parseImportMap } from './import-map.ts';

function refusalOf(columns: string[], map: unknown = null): unknown {
  try {
    checkKind('profiles', columns, map === null ? null : parseImportMap(map));
    return null;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return error.faults;
  }
}

it('A file of orders is none of customers, unless a map says so', () => {
  expect(refusalOf(['email', 'Order ID', 'total'])).toEqual([
    {
      pointer: '#/Order ID',
      detail:
        '"Order ID" is a column of orders: say as=orders. If it is a fact of your customers, say so in a map, under attributes.',
    },
  ]);
  expect(refusalOf(['email', 'productId', 'quantity'])).toHaveLength(1);
  expect(refusalOf(['email', 'product_id', 'city'])).toBeNull();
  expect(refusalOf(['email', 'order_id'], { attributes: { order_id: 'order_id' } })).toBeNull();
});
