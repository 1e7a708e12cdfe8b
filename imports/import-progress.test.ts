import { describe, expect, it } from '@jest/globals';
import type { StoredImport } from './import-document.ts';
import { progressOf, secondsLeft } from './import-progress.ts';

const BEGUN = Date.UTC(2026, 10, 22);

/** An import of 1,000 rows, as far as these say; only these are read. */
const importOf = (told: Partial<StoredImport>): StoredImport =>
  ({
    ...{ as: 'profiles', status: 'running', total: 1_000, createdAt: BEGUN },
    ...{ rows: 0, accepted: 0, rejected: 0, skipped: 0 },
    ...told,
  }) as StoredImport;

const after = (seconds: number): number => BEGUN + seconds * 1_000;

describe('the time left of an import', () => {
  it('is as long again for each share as it took so far', () => {
    expect(secondsLeft(importOf({ rows: 250 }), after(10))).toBe(30);
    expect(secondsLeft(importOf({ rows: 500 }), after(10))).toBe(10);
    // Begun seconds are told whole: nobody is promised an end that is over.
    expect(secondsLeft(importOf({ rows: 999 }), after(10))).toBe(1);
  });

  it('is not told where it has hardly begun, or has ended', () => {
    expect(secondsLeft(importOf({ rows: 0 }), after(10))).toBeNull();
    for (const status of ['completed', 'failed'] as const) {
      expect(secondsLeft(importOf({ status, rows: 1_000 }), after(10))).toBeNull();
    }
  });

  it('counts orders twice: row by row, and order by order', () => {
    const read = importOf({ as: 'orders', rows: 1_000 });
    expect([progressOf(read), secondsLeft(read, after(10))]).toEqual([0.5, 10]);
    // What was skipped or refused on the way will not be gathered any more.
    const gathered = { accepted: 300, rejected: 100, skipped: 100 };
    const half = importOf({ as: 'orders', rows: 1_000, ...gathered });
    expect([progressOf(half), secondsLeft(half, after(15))]).toEqual([0.75, 5]);
  });

  it('of an audience counts the customers that are gone through', () => {
    const rows = { as: 'audience', rows: 1_000 } as const;
    const counts = { hashes: 900, matched: 0, people: 0, added: 0, removed: 0 };
    const unknown = importOf({ ...rows, counts: { ...counts, looked: 0, total: null } });
    expect([progressOf(unknown), secondsLeft(unknown, after(6))]).toEqual([0.5, 6]);
    const half = importOf({ ...rows, counts: { ...counts, looked: 2_000, total: 4_000 } });
    expect([progressOf(half), secondsLeft(half, after(6))]).toEqual([0.75, 2]);
  });

  it('is none where there is nothing to read', () => {
    expect(secondsLeft(importOf({ total: 0 }), after(10))).toBe(0);
    expect(progressOf(importOf({ status: 'completed', rows: 400 }))).toBe(1);
  });
});
