import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SeenIds } from './seen-ids.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the ids a file named', () => {
  it('are told from those it did not, also once more are added', () => {
    const seen = new SeenIds(hash);
    expect(seen.has('p1')).toBe(false);
    for (let at = 0; at < 3_000; at += 2) seen.add(`p${String(at)}`);
    const wrong = Array.from({ length: 3_000 }, (_, at) => at).filter(
      (at) => seen.has(`p${String(at)}`) !== (at % 2 === 0),
    );
    expect(wrong).toEqual([]);
    seen.add('p1');
    expect([seen.has('p1'), seen.has('p2998'), seen.has('p3')]).toEqual([true, true, false]);
  });
});
