import { describe, expect, it } from '@jest/globals';
import { inParts, TooMuchToHold } from './in-parts.ts';

/** Does something with numbers that weigh what they are. */
function weighing(done: number[][]) {
  return (part: readonly number[], bytesMax: number): Promise<number> => {
    const sum = part.reduce((all, one) => all + one, 0);
    if (sum > bytesMax) return Promise.reject(new TooMuchToHold());
    done.push([...part]);
    return Promise.resolve(sum);
  };
}

describe('doing something in parts', () => {
  it('does all at once where that can be held', async () => {
    const done: number[][] = [];
    expect(await inParts([1, 2, 3], weighing(done), 6)).toEqual([6]);
    expect(done).toEqual([[1, 2, 3]]);
  });

  it('halves what is too much, in order, and does one however much it is', async () => {
    const done: number[][] = [];
    expect(await inParts([1, 2, 9, 1, 1], weighing(done), 4)).toEqual([3, 9, 2]);
    expect(done).toEqual([[1, 2], [9], [1, 1]]);
  });

  it('passes on every other failure', async () => {
    const does = (): Promise<never> => Promise.reject(new Error('no database'));
    await expect(inParts([1, 2], does, 4)).rejects.toThrow('no database');
  });
});
