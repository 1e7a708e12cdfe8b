import { describe as suite, expect, it } from '@jest/globals';
import { noExcuses } from './audit/excuses.ts';
import { describe, type Report, verdict } from './report.ts';

const REPORT: Report = {
  seed: 7,
  minutes: 1,
  deeds: { 'SIGKILL worker': 2 },
  disksSkipped: null,
  customers: 144,
  unfinished: 0,
  sent: 10,
  repeated: 1,
  answered: 10,
  applied: 10,
  runs: 3,
  messages: 4,
  letters: 3,
  reconciled: 144,
  findings: [],
  excused: noExcuses(),
  kept: null,
};

suite('the report', () => {
  it('says that nothing was found and nothing was excused', () => {
    const text = describe(REPORT);
    expect(text).toContain('lost 0, doubled 0, wrong 0, drift 0');
    expect(text).toContain('144 profiles again');
    expect(text).toContain('excused   0 messages');
    expect(text).not.toContain('Again:');
  });

  it('counts what was excused, kind by kind', () => {
    const excused = { ...noExcuses(), 'push never arrived': 2, 'end unknown': 1 };
    expect(describe({ ...REPORT, excused })).toContain(
      'excused   3 messages: push never arrived 2, end unknown 1',
    );
  });

  it('counts customers who could not go on as wrong, and says how to repeat it', () => {
    const detail = '144 customers could not go on (c0 …): what was waited for did not come in time';
    const findings = [{ kind: 'unfinished', customer: null, story: null, detail } as const];
    const text = describe({ ...REPORT, unfinished: 144, findings });
    expect(verdict(findings)).toBe('lost 0, doubled 0, wrong 1, drift 0');
    expect(text).toContain(`  unfinished: ${detail}`);
    expect(text).toContain('Again: npm run chaos -- --minutes 1 --seed 7 --keep');
  });
});
