import { describe, expect, it } from '@jest/globals';
import { coalesceReads } from './coalesce-reads.ts';

/** A store whose queries end when the test says so. */
function slowStore() {
  const queries: { ids: readonly string[]; end: () => void; fail: () => void }[] = [];
  let version = 1;
  const read = coalesceReads<string>(
    (ids) =>
      new Promise((resolve, reject) => {
        const seen = version;
        queries.push({
          ids,
          end: () => {
            const known = ids.filter((id) => id !== 'nobody');
            resolve(new Map(known.map((id) => [id, `${id}@${String(seen)}`])));
          },
          fail: () => {
            reject(new Error('away'));
          },
        });
      }),
  );
  return { queries, read, change: () => (version += 1) };
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('reads of single documents', () => {
  it('go out together when they come together, each id once', async () => {
    const { queries, read } = slowStore();
    const answers = Promise.all([read('a'), read('b'), read('a'), read('nobody')]);
    await soon();
    expect(queries.map(({ ids }) => ids)).toEqual([['a', 'b', 'nobody']]);
    queries[0]?.end();
    expect(await answers).toEqual(['a@1', 'b@1', 'a@1', null]);
  });

  it('never answer with what was read before they asked', async () => {
    const { queries, read, change } = slowStore();
    const first = read('a');
    await soon();
    change();
    const second = read('a');
    await soon();
    queries[0]?.end();
    expect(await first).toBe('a@1');
    await soon();
    queries[1]?.end();
    expect(await second).toBe('a@2');
  });

  it('gather while a query is out', async () => {
    const { queries, read } = slowStore();
    const reads: Promise<string | null>[] = [];
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      reads.push(read(id));
      await soon();
    }
    expect(queries.map(({ ids }) => ids)).toEqual([['a']]);
    queries[0]?.end();
    await soon();
    expect(queries[1]?.ids).toEqual(['b', 'c', 'd', 'e']);
    for (const query of queries) query.end();
    expect(await Promise.all(reads)).toEqual(['a@1', 'b@1', 'c@1', 'd@1', 'e@1']);
  });

  it('fail together with their query, and only with it', async () => {
    const { queries, read } = slowStore();
    const failing = expect(read('a')).rejects.toThrow('away');
    await soon();
    queries[0]?.fail();
    await failing;
    const after = read('a');
    await soon();
    queries[1]?.end();
    expect(await after).toBe('a@1');
  });

  it('are split where there are very many', async () => {
    const { queries, read } = slowStore();
    const ids = Array.from({ length: 1_200 }, (_, index) => String(index));
    const all = Promise.all(ids.map((id) => read(id)));
    await soon();
    for (const place of [0, 1, 2]) {
      queries[place]?.end();
      await soon();
    }
    expect(queries.map((query) => query.ids.length)).toEqual([500, 500, 200]);
    for (const query of queries) query.end();
    expect((await all).at(-1)).toBe('1199@1');
  });
});
