import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { guardedLookup } from '#platform/guarded-lookup.ts';

const rules = { allowsHttp: true, allowsPrivate: false, purpose: 'which nothing comes from' };
const ask = (allowsPrivate: boolean): Promise<unknown> => {
  const lookup = promisify(guardedLookup({ ...rules, allowsPrivate }));
  return lookup('localhost', { all: true });
};

describe('the look-up of a connection', () => {
  it('finds nothing where a name leads into this machine', async () => {
    await expect(ask(false)).rejects.toMatchObject({ code: 'EPRIVATE' });
  });

  it('finds what may be found', async () => {
    const found = await ask(true);
    expect(found).toEqual(expect.arrayContaining([expect.objectContaining({ family: 4 })]));
  });
});
