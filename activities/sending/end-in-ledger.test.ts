import { describe, expect, it } from '@jest/globals';
import { MESSAGE_STATUSES } from '#domain/message/message.ts';
import { endInLedger } from './end-in-ledger.ts';

describe('endInLedger', () => {
  it('takes whoever may have got something for one who did', () => {
    const failed = { status: 'failed', reason: 'rejected' } as const;
    const sent = { end: 'sent', reason: null };
    expect(endInLedger([failed, { status: 'unknown', reason: 'endUnknown' }])).toEqual(sent);
    expect(endInLedger([failed, { status: 'delivered', reason: null }])).toEqual(sent);
  });

  it('says why nothing came of it, where that was not our own doing', () => {
    expect(endInLedger([{ status: 'failed', reason: 'rejected' }])).toEqual({
      ...{ end: 'failed', reason: 'rejected' },
    });
    expect(endInLedger([{ status: 'suppressed', reason: 'noConsent' }])).toEqual({
      ...{ end: 'suppressed', reason: 'noConsent' },
    });
    expect(endInLedger([{ status: 'suppressed', reason: 'runEnded' }])).toBeNull();
    expect(endInLedger([{ status: 'deferred', reason: 'rateLimited' }])).toBeNull();
    expect(endInLedger([])).toBeNull();
  });

  it('knows every status there is', () => {
    for (const status of MESSAGE_STATUSES) {
      const end = endInLedger([{ status, reason: null }]);
      expect(end === null).toBe(status === 'deferred' || status === 'sending');
    }
  });
});
