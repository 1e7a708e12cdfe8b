import { describe, expect, it } from '@jest/globals';
import { Explanation, explanationLines } from './explanation.ts';

const NOW = Date.UTC(2026, 0, 10);

function linesOf(told: { notEntered?: object[]; recentEvents?: object[] }): string {
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
});
