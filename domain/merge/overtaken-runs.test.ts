import { describe, expect, it } from '@jest/globals';
import type { PriorRun } from '#domain/apply/plan.ts';
import type { Reentry } from '#domain/journey/entry.ts';
import { overtakenRuns } from './overtaken-runs.ts';

type Rules = Parameters<typeof overtakenRuns>[1];

function rules(reentry: Reentry | undefined): Rules {
  const entry = { event: 'Hi', ...(reentry === undefined ? {} : { reentry }) };
  const definition = { key: 'j', name: 'J', entry, start: 'leave', steps: { leave: { end: 'x' } } };
  return [{ key: 'j', definition }];
}

function run(id: string, enteredAt: number, more: Partial<PriorRun> = {}): PriorRun {
  const place = { journey: 'j', profileId: 'p', entryKey: null };
  return { id, ...place, enteredAt, running: true, ...more };
}

describe('of two people who are one', () => {
  it('the older run goes on, whoever had it', () => {
    expect(overtakenRuns([[run('a', 1)], [run('b', 2)]], rules('never'))).toEqual(['b']);
    expect(overtakenRuns([[run('a', 3)], [run('b', 2)]], rules(undefined))).toEqual(['a']);
    expect(overtakenRuns([[run('a', 2)], [run('b', 2)]], rules('oneAtATime'))).toEqual(['b']);
  });

  it('all runs go on where a person may be in the journey more than once', () => {
    expect(overtakenRuns([[run('a', 1)], [run('b', 2)]], rules('always'))).toEqual([]);
  });

  it('runs of other carts, and those that have ended, are left alone', () => {
    const other = run('b', 2, { entryKey: 'cart-2' });
    expect(overtakenRuns([[run('a', 1)], [other]], rules('never'))).toEqual([]);
    const ended = run('b', 2, { running: false });
    expect(overtakenRuns([[run('a', 1)], [ended]], rules('never'))).toEqual([]);
  });

  it('those that one person had beside each other already stay beside each other', () => {
    const mine = [run('a', 1), run('b', 5)];
    expect(overtakenRuns([mine, [run('c', 3)]], rules({ after: 'P1D' }))).toEqual(['c']);
  });
});
