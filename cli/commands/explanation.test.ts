import { describe, expect, it } from '@jest/globals';
import { Explanation, explanationLines } from './explanation.ts';

const NOW = Date.UTC(2026, 0, 10);

function linesOf(told: Partial<Record<'runs' | 'notEntered' | 'recentEvents', object[]>>): string {
  const profile = { id: 'p', identities: [], language: null, zone: null, consents: {} };
  const nothing = { runs: [], moreRuns: false, suppressions: [], notEntered: [], recentEvents: [] };
  return explanationLines(Explanation.parse({ profile, ...nothing, ...told }), NOW).join('\n');
}

describe('an explanation in words', () => {
  it('tells an instant to come from one at which something was so', () => {
    const words = 'the day by "birthday" is still to come';
    const absence = { journey: 'birthday', runs: 0, words };
    expect(linesOf({ notEntered: [{ ...absence, at: '2026-03-01T10:00:00.000Z' }] })).toContain(
      `${words}; next looked at 2026-03-01 10:00:00`,
    );
    expect(linesOf({ notEntered: [{ ...absence, at: '2026-01-01T10:00:00.000Z' }] })).toContain(
      `${words} (2026-01-01 10:00:00)`,
    );
  });

  it('tells when an event happened, and when it came in where that was not at once', () => {
    const event = { name: 'Order Completed', source: 'server' };
    const receivedAt = '2026-01-09T08:00:30.000Z';
    const lines = linesOf({
      recentEvents: [
        { ...event, occurredAt: '2026-01-09T08:00:00.000Z', receivedAt },
        { ...event, occurredAt: '2025-04-01T12:00:00.000Z', receivedAt },
      ],
    });
    expect(lines).toMatch(/2026-01-09 08:00:00 {2}Order Completed {2}from server$/m);
    expect(lines).toMatch(/2025-04-01 12:00:00 .* from server, came in 2026-01-09 08:00:30$/m);
  });

  it('tells why the gate holds a message, on what that rests, and until when', () => {
    const message = {
      ...{ step: 'remind', channel: 'email', template: 'cart-reminder', status: 'deferred' },
      ...{ provider: null, language: null, reason: 'quietHours', history: [] },
      reasonWords: 'these are quiet hours',
      details: { from: '21:00', to: '09:00' },
      heldUntil: '2026-01-11T09:00:00.000Z',
    };
    const run = {
      ...{ id: 'r', journey: 'cart', journeyName: null, version: 1, status: 'running' },
      ...{ outcome: null, enteredAt: '2026-01-10T20:00:00.000Z', endedAt: null, speed: 1 },
      entry: { kind: 'api', event: null, key: null },
      ...{ path: [], waitsFor: null, temporal: { workflowId: 'r', url: null } },
      messages: [message],
    };
    expect(linesOf({ runs: [run] })).toContain(
      'because these are quiet hours (from 21:00, to 09:00), held until 2026-01-11 09:00:00',
    );
  });
});
