import { describe, expect, it } from '@jest/globals';
import {
  connectionFailure,
  retryAfterMs,
  statusFailure,
  withDeadline,
} from '#channels/read-failure.ts';

describe('a call that broke off', () => {
  it.each([
    ['retryLater', { code: 'ECONNREFUSED' }],
    ['retryLater', { cause: { code: 'UND_ERR_CONNECT_TIMEOUT' } }],
    ['retryLater', { code: 'ETIMEDOUT', syscall: 'connect' }],
    ['retryLater', { code: 'ESOCKET', originalCode: 'ECONNREFUSED', command: 'CONN' }],
    ['unsure', { code: 'ECONNRESET' }],
    ['unsure', { code: 'ECONNABORTED' }],
    ['unsure', { code: 'ECONNECTION', command: 'CONN' }],
    ['unsure', 'anything else'],
  ])('is %s for %j', (action, error) => {
    expect(connectionFailure('x', error)).toMatchObject({ action });
  });

  it('is unsure when it took too long, however it ends later', async () => {
    const failing = new Promise<never>((_resolve, reject) => {
      setTimeout(reject, 20, new Error('late'));
    });
    const call = withDeadline('x', 5, failing);
    await expect(call).rejects.toMatchObject({ action: 'unsure', message: 'x-timeout' });
    await failing.catch(() => undefined);
  });

  it('is followed through causes that form a cycle', () => {
    const error: { cause?: unknown } = {};
    error.cause = error;
    expect(connectionFailure('x', error)).toMatchObject({ action: 'unsure' });
  });
});

describe('an HTTP status', () => {
  it.each([
    [429, 'retryLater'],
    [500, 'retryLater'],
    [503, 'retryLater'],
    [502, 'unsure'],
    [504, 'unsure'],
    [401, 'ourFault'],
    [403, 'ourFault'],
  ])('of %s means %s', (status, action) => {
    expect(statusFailure('x', status)).toMatchObject({ action, message: `x-${String(status)}` });
  });

  it('of another 4xx is for the provider to explain', () => {
    expect(statusFailure('x', 400)).toBeNull();
  });
});

describe('Retry-After', () => {
  it.each([
    ['2', 2000],
    ['Thu, 01 Jan 1970 00:00:05 GMT', 4000],
    ['-5', 0],
    ['999999999', 3_600_000],
    ['soon', undefined],
    [null, undefined],
  ])('of %j at the first second is %s ms', (header, expected) => {
    expect(retryAfterMs(header, 1000)).toBe(expected);
  });
});
