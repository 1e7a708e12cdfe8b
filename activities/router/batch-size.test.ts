import { beforeEach, describe, expect, it } from '@jest/globals';
import { BATCH_MAX, BatchSize } from './batch-size.ts';

describe('how many events an owner takes', () => {
  let size: BatchSize;
  beforeEach(() => {
    size = new BatchSize();
  });

  it('is the most there may be, as long as all of them go through', () => {
    size.went(BATCH_MAX, BATCH_MAX);
    size.went(3, 3);
    expect(size.next).toBe(BATCH_MAX);
  });

  it('doubles again up to a limit', () => {
    size.went(BATCH_MAX, 150);
    const seen = [1, 2, 3].map(() => {
      size.went(size.next, size.next);
      return size.next;
    });
    expect(seen).toEqual([600, BATCH_MAX, BATCH_MAX]);
  });

  it('is no more than twice what went through of those that were too many', () => {
    size.went(1_000, 40);
    expect(size.next).toBe(80);
    size.went(80, 80);
    expect(size.next).toBe(160);
  });

  it('grows from a single one again', () => {
    size.went(BATCH_MAX, 1);
    expect(size.next).toBe(2);
    size.went(2, 0);
    expect(size.next).toBe(1);
  });
});
