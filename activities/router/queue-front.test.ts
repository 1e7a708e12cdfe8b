import { beforeEach, describe, expect, it } from '@jest/globals';
import { QueueFront } from './queue-front.ts';

const START = Date.UTC(2026, 10, 2, 12);
const S = 1_000;
const NOTHING = { earliest: Infinity, since: START - 1 };
const received = (...at: number[]): { receivedAt: number }[] =>
  at.map((receivedAt) => ({ receivedAt }));

describe('where an owner begins to look for events that wait', () => {
  let front: QueueFront;
  beforeEach(() => {
    front = new QueueFront();
    expect(front.begin(START, NOTHING)).toBe(0);
    front.found(received(START - 3 * S, START - 2 * S));
  });

  it('is a second below the first that was found: it may wait still', () => {
    expect(front.begin(START + 1, NOTHING)).toBe(START - 4 * S);
  });

  it('is a second below the last, once nothing more is found', () => {
    front.begin(START + 1, NOTHING);
    front.found([]);
    expect(front.begin(START + 2, NOTHING)).toBe(START - 3 * S);
  });

  it('is where an event was received that came in late', () => {
    expect(front.begin(START + 1, { ...NOTHING, earliest: START - 9 * S })).toBe(START - 9 * S);
  });

  it('stays there while that event waits', () => {
    front.begin(START + 1, { ...NOTHING, earliest: START - 9 * S });
    front.found(received(START - 9 * S, START));
    expect(front.begin(START + 2, NOTHING)).toBe(START - 10 * S);
  });

  it('is the whole queue every minute', () => {
    expect(front.begin(START + 60 * S - 1, NOTHING)).toBeGreaterThan(0);
    expect(front.begin(START + 60 * S, NOTHING)).toBe(0);
    expect(front.begin(START + 60 * S + 1, NOTHING)).toBeGreaterThan(0);
  });

  it('is the whole queue after a time in which news may have been missed', () => {
    const missed = { earliest: Infinity, since: START + 5 };
    expect(front.begin(START + 6, missed)).toBe(0);
    expect(front.begin(START + 7, missed)).toBeGreaterThan(0);
  });
});
