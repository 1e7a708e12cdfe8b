import { describe, expect, it } from '@jest/globals';
import { headFields, readMailReport } from './mail-report.ts';

/** As much as a mail may be that is handed on. */
const BYTES = 2 * 1024 * 1024;

const FAILED = 'Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 unknown\r\n';
const bounced = (text: string) => readMailReport([{ type: 'message/delivery-status', text }]);

describe('a report, of which anybody may write two megabytes,', () => {
  it('is read at its beginning and no further', () => {
    const group = 'X: 1\r\n\r\n';
    const hard = { kind: 'bounced', bounce: 'hard' };
    expect(bounced(group.repeat(100) + FAILED)).toEqual(hard);
    expect(bounced(group.repeat(BYTES / group.length) + FAILED)).toBeNull();
  });

  it('has a head that ends at the first empty line, or after as much as heads have', () => {
    const head = headFields('\r\nFrom: one\r\n\tand two\r\nfrom: three\r\n \r\nTo: body');
    expect([...head]).toEqual([['from', 'one and two']]);
    const endless = Array.from({ length: BYTES / 16 }, (_, n) => `F${String(n)}: 1`).join('\n');
    expect(endless.length).toBeGreaterThan(BYTES / 2);
    expect(headFields(endless).size).toBeLessThan(10_000);
    expect(headFields('no head at all').size).toBe(0);
  });
});
