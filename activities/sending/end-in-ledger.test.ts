import { describe, expect, it } from '@jest/globals';
import { MESSAGE_STATUSES } from '#domain/message/message.ts';
import type { LedgerWord } from '#messages/ledger-words.ts';
import { endInLedger } from './end-in-ledger.ts';

function word(
  status: LedgerWord['status'],
  reason: LedgerWord['reason'] = null,
  attempts = 1,
): LedgerWord {
  return { status, reason, attempts };
}

describe('endInLedger', () => {
  it('takes whoever may have got something for one who did', () => {
    const failed = word('failed', 'rejected');
    const sent = { end: 'sent', reason: null };
    expect(endInLedger([failed, word('unknown', 'endUnknown')])).toEqual(sent);
    expect(endInLedger([failed, word('delivered')])).toEqual(sent);
    // Its call is claimed: it may be under way, or have broken off after the provider took it.
    expect(endInLedger([failed, word('sending', null)])).toEqual(sent);
    expect(endInLedger([failed, word('sending', null, 0)])).toMatchObject({ end: 'failed' });
  });

  it('says why nothing came of it, where that was not our own doing', () => {
    expect(endInLedger([word('failed', 'rejected')])).toEqual({
      ...{ end: 'failed', reason: 'rejected' },
    });
    expect(endInLedger([word('suppressed', 'noConsent')])).toEqual({
      ...{ end: 'suppressed', reason: 'noConsent' },
    });
    expect(endInLedger([word('suppressed', 'runEnded')])).toBeNull();
    expect(endInLedger([word('deferred', 'rateLimited')])).toBeNull();
    expect(endInLedger([])).toBeNull();
  });

  it('knows every status there is', () => {
    for (const status of MESSAGE_STATUSES) {
      expect(endInLedger([word(status)]) === null).toBe(status === 'deferred');
    }
  });
});
