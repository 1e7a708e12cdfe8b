import { describe, expect, it } from '@jest/globals';
import { isBad, progressLine, Report, reportLines } from './import-report.ts';

function reportOf(told: object): Report {
  return Report.parse({
    ...{ id: 'i', status: 'completed', dryRun: false, total: 1, rows: 1, accepted: 1 },
    ...{ rejected: 0, skipped: 0, progress: 1, errors: [], cleaned: [], ignored: [] },
    ...{ failure: null, ...told },
  });
}

describe('The report of an import', () => {
  it('counts one as one and several as several', () => {
    const one = { newProfiles: 1, knownProfiles: 1, conflicts: 1, newEvents: 1, knownEvents: 1 };
    const would = (counts: object) =>
      reportLines(reportOf({ dryRun: true, would: counts })).slice(1);
    expect(would(one)).toEqual([
      '  would be: 1 customer made',
      '  would be: 1 known customer spoken of',
      '  would be: 1 address that belongs to somebody else',
      '  would be: 1 event',
      '  would be: 1 event that is in already',
    ]);
    expect(would({ newProfiles: 2, newEvents: 0 })).toEqual(['  would be: 2 customers made']);
  });

  it('is bad news where there was nothing to take, or nothing could be taken', () => {
    const empty = reportOf({ total: 0, rows: 0, accepted: 0 });
    expect(isBad(empty)).toBe(true);
    expect(reportLines(empty)[1]).toMatch(/no rows below its header/);
    const useless = reportOf({ accepted: 0, rejected: 1 });
    expect(isBad(useless)).toBe(true);
    expect(reportLines(useless)[1]).toBe('None of its rows could be taken.');
    expect(isBad(reportOf({ accepted: 0, skipped: 1 }))).toBe(false);
    expect(isBad(reportOf({}))).toBe(false);
  });

  it('of a dry run says what each column becomes, once also those that are not used', () => {
    const columns = [
      { column: 'Customer ID', becomes: 'identity', name: 'external_id' },
      { column: 'created_at', becomes: 'field', name: 'at' },
      { column: 'First Name', becomes: 'attribute', name: 'first_name' },
      { column: 'kairos_id', becomes: 'ignored', name: null },
    ];
    const told = { as: 'profiles', columns, ignored: ['kairos_id'] };
    expect(reportLines(reportOf({ ...told, dryRun: true })).slice(1)).toEqual([
      '  Its columns become:',
      '    Customer ID  identity external_id',
      '    created_at   profile field at',
      '    First Name   attribute first_name',
      '    kairos_id    not used',
    ]);
    expect(reportLines(reportOf(told)).slice(1)).toEqual(['  not used: kairos_id']);
  });

  it('does not call cleaned what was only assumed', () => {
    const cleaned = [{ column: 'at', change: 'no date, so it counts as said now', count: 2 }];
    expect(reportLines(reportOf({ cleaned })).slice(1)).toEqual([
      '  Changed or assumed:',
      '    at: no date, so it counts as said now (2 rows)',
    ]);
  });

  it('of a refused audience counts what was usable, and nobody by none', () => {
    const counts = { hashes: 0, matched: 0, people: 0, added: 0, removed: 0 };
    const refused = reportOf({
      ...{ status: 'failed', rows: 3, accepted: 1, rejected: 2 },
      ...{ failure: 'The list was left as it was.', audience: { segment: 'vip', ...counts } },
    });
    expect(reportLines(refused)).toEqual([
      'The import failed: The list was left as it was.',
      '3 rows: 1 usable, 2 rejected, 0 skipped.',
    ]);
    expect(reportLines({ ...refused, dryRun: true })[0]).toMatch(/^The import would fail: /);
  });
});

describe('The progress of an import', () => {
  const at = (told: object): string =>
    progressLine(reportOf({ status: 'running', total: 4_000, rows: 1_000, ...told }));

  it('says how far it is and about how long it still takes', () => {
    expect(at({ progress: 0.25, secondsLeft: 40 })).toBe(
      '1000 of 4000 rows read, 25 % done, about 40 s left.',
    );
    expect(at({ progress: 0.25, secondsLeft: 119 })).toMatch(/about 119 s left\.$/);
    // From two minutes on in whole ones, of which the begun one counts.
    expect(at({ progress: 0.25, secondsLeft: 120 })).toMatch(/about 2 min left\.$/);
    expect(at({ progress: 0.25, secondsLeft: 121 })).toMatch(/about 3 min left\.$/);
  });

  it('promises no time before it knows one, and no end before there is one', () => {
    const begun = at({ rows: 0, progress: 0, secondsLeft: null });
    expect(begun).toBe('0 of 4000 rows read, 0 % done.');
    expect(at({ rows: 3_999, progress: 0.999, secondsLeft: 1 })).toContain('99 % done');
  });
});
