import { describe, expect, it } from '@jest/globals';
import { calculateJwkThumbprint } from 'jose';
import { createReportSigner, readReport, reportKeys } from './sign-report.ts';

describe('a signed report', () => {
  const report = { id: 'erasure_1', deleted: { events: 3 } };
  const jws = createReportSigner('a-secret-of-some-length').sign(report);
  const keys = reportKeys(['the-secret-of-today', 'a-secret-of-some-length']);
  const [head = '', body = '', mark = ''] = jws.split('.');

  it('is read with the key of the secret it was signed with, today’s or an earlier one, and no other', () => {
    expect(readReport(keys, jws)).toEqual(report);
    expect(readReport(reportKeys(['the-secret-of-today']), jws)).toBeNull();
  });

  it('is not read once anything in it was changed', () => {
    const changed = Buffer.from(JSON.stringify({ ...report, deleted: {} })).toString('base64url');
    expect(readReport(keys, [head, changed, mark].join('.'))).toBeNull();
    expect(readReport(keys, [head, body].join('.'))).toBeNull();
    expect(readReport(keys, `${jws}.`)).toBeNull();
  });

  it('is not read where somebody invented it, whatever key they name or bring along', () => {
    const invented = createReportSigner('a-secret-of-theirs').sign(report);
    const [, theirs = '', theirMark = ''] = invented.split('.');
    const [theirKey] = reportKeys(['a-secret-of-theirs']);
    const brought = Buffer.from(JSON.stringify({ alg: 'EdDSA', jwk: theirKey }));
    const heads = [head, brought.toString('base64url')];
    expect(readReport(reportKeys(['a-secret-of-theirs']), invented)).toEqual(report);
    for (const one of [invented, ...heads.map((name) => [name, theirs, theirMark].join('.'))]) {
      expect(readReport(keys, one)).toBeNull();
    }
  });

  it('names its key by the thumbprint and holds no key; what is published holds nothing secret', async () => {
    const [, key] = keys;
    const thumbprint = await calculateJwkThumbprint({
      kty: 'OKP',
      crv: 'Ed25519',
      x: key?.x ?? '',
    });
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({
      alg: 'EdDSA',
      kid: thumbprint,
    });
    expect(key?.kid).toBe(thumbprint);
    expect(Object.keys(key ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });
});
