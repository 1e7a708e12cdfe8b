import { describe, expect, it } from '@jest/globals';
import { createReportSigner, readReport, reportKey } from './sign-report.ts';

describe('a signed report', () => {
  const report = { id: 'erasure_1', deleted: { events: 3 } };
  const jws = createReportSigner('a-secret-of-some-length').sign(report);
  const key = reportKey('a-secret-of-some-length');

  it('is read with the key of the secret it was signed with, and no other', () => {
    expect(readReport(key, jws)).toEqual(report);
    expect(readReport(reportKey('another-secret'), jws)).toBeNull();
  });

  it('is not read once anything in it was changed', () => {
    const [head, , mark] = jws.split('.');
    const body = Buffer.from(JSON.stringify({ ...report, deleted: {} })).toString('base64url');
    expect(readReport(key, [head, body, mark].join('.'))).toBeNull();
  });

  it('names its public key and holds nothing of the secret one', () => {
    const head = JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString()) as {
      jwk: object;
    };
    expect(head.jwk).toEqual(key);
    expect(Object.keys(head.jwk)).not.toContain('d');
  });
});
