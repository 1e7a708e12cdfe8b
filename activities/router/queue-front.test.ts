import { beforeEach, describe, expect, it } from '@jest/globals';
import { QueueFront } from './queue-front.ts';

const START = Date.UTC(2026, 10, 2, 12);
const S = 1_000;
const received = (...at: number[]): { receivedAt: number }[] =>
  at.map((receivedAt) => ({ receivedAt }));

describe('where an owner begins to look for events that wait', () => {
  let front: QueueFront;
  beforeEach(() => {
    front = new QueueFront();
    expect(front.begin(START)).toBe(0);
    front.found(received(START - 3 * S, START - 2 * S), 5);
  });

  it('is a second below the first that was found: it may wait still', () => {
    expect(front.begin(START + 1)).toBe(START - 4 * S);
  });

  it('is a second below the last, once nothing more is found', () => {
    front.begin(START + 1);
    front.found([], 1);
    expect(front.begin(START + 2)).toBe(START - 3 * S);
  });

  it('is the whole queue every two seconds', () => {
    expect(front.begin(START + 2 * S - 1)).toBeGreaterThan(0);
    expect(front.begin(START + 2 * S)).toBe(0);
    expect(front.begin(START + 2 * S + 1)).toBeGreaterThan(0);
  });

  it('goes down to an event that was written late, and stays there while it waits', () => {
    front.begin(START + 2 * S);
    front.found(received(START - 9 * S, START), 5);
    expect(front.begin(START + 2 * S + 1)).toBe(START - 10 * S);
  });

  it('is the whole queue less often where that takes long', () => {
    front.begin(START + 2 * S);
    front.found([], 500);
    expect(front.begin(START + 12 * S - 1)).toBeGreaterThan(0);
    expect(front.begin(START + 12 * S)).toBe(0);
  });

  it('is the whole queue once a minute, however long that takes', () => {
    front.begin(START + 2 * S);
    front.found([], 30 * S);
    expect(front.begin(START + 62 * S - 1)).toBeGreaterThan(0);
    expect(front.begin(START + 62 * S)).toBe(0);
  });

  it('is the whole queue after a clock was set back', () => {
    expect(front.begin(START - 3_600 * S)).toBe(0);
  });

  it('is the whole queue once events may have come from other partitions', () => {
    front.unsettle();
    expect(front.begin(START + 1)).toBe(0);
    expect(front.begin(START + 2)).toBeGreaterThan(0);
  });
});
