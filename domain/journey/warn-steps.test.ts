import { describe, expect, it } from '@jest/globals';
import { journeyWith } from './journey.example.ts';
import { warnJourney } from './warn-journey.ts';

const NOBODY = { known: [], open: new Map<string, readonly string[]>() };
const webhook = { url: 'https://a.example/points', response: { points: 'body.points' } };

function warningsOf(ask: Record<string, unknown>, context = 'responses.ask.points'): string[] {
  const journey = journeyWith('ask', {
    ask: { webhook, ...ask },
    worth: {
      branch: [
        { when: { context, gte: 1 }, next: 'done' },
        { else: true, next: 'done' },
      ],
    },
    done: { end: 'done' },
  });
  return warnJourney(journey, NOBODY).map(({ pointer, detail }) => `${pointer}: ${detail}`);
}

describe('what may be meant otherwise in a step', () => {
  it('is a webhook whose failure goes the way of its success', () => {
    expect(warningsOf({ next: 'worth' })).toEqual([
      expect.stringContaining('#/steps/ask/next: Those whose call failed'),
    ]);
    expect(warningsOf({ next: { ok: 'worth', failed: 'done' } })).toEqual([]);
    expect(warningsOf({ next: 'worth', onError: 'done' })).toEqual([]);
  });

  it('is a condition on an answer that nobody keeps', () => {
    const next = { ok: 'worth', failed: 'done' };
    expect(warningsOf({ next }, 'responses.ask.point')).toEqual([
      expect.stringContaining('keeps no "point" of its answer'),
    ]);
    expect(warningsOf({ next }, 'responses.asks.points')).toEqual([
      expect.stringContaining('There is no webhook step "asks"'),
    ]);
    expect(warningsOf({ next }, 'responses.ask.point')[0]).toContain('Did you mean "points"?');
  });
});
