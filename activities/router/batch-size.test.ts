import { beforeEach, describe, expect, it } from '@jest/globals';
import { BATCH_MAX, BatchSize } from './batch-size.ts';

describe('how many events an owner takes', () => {
  let size: BatchSize;
  beforeEach(() => {
    size = new BatchSize();
  });

  it('doubles while all of them go through, up to a limit', () => {
    const seen = [1, 2, 3, 4].map(() => {
      size.went(size.next, size.next);
      return size.next;
    });
    expect(seen).toEqual([500, BATCH_MAX, BATCH_MAX, BATCH_MAX]);
  });

  it('is no more than twice what went through of those that were too many', () => {
    size.went(1_000, 40);
    expect(size.next).toBe(80);
    size.went(80, 80);
    expect(size.next).toBe(160);
  });

  it('grows from a single one again', () => {
    size.went(250, 1);
    expect(size.next).toBe(2);
    size.went(2, 0);
    expect(size.next).toBe(1);
  });
});
