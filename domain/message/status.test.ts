import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MESSAGE_STATUSES, type MessageStatus } from './message.ts';
import { movedBy, nextStatus, wasAccepted } from './status.ts';

const anyStatus = fc.constantFrom(...MESSAGE_STATUSES);

function after(start: MessageStatus, receipts: readonly MessageStatus[]): MessageStatus {
  return receipts.reduce((status, receipt) => nextStatus(status, receipt) ?? status, start);
}

describe('nextStatus', () => {
  it('moves forwards along a message’s life', () => {
    expect(after('sending', ['sent', 'delivered', 'opened', 'clicked'])).toBe('clicked');
    expect(after('unknown', ['sent'])).toBe('sent');
    expect(nextStatus('clicked', 'opened')).toBeNull();
    expect(nextStatus('delivered', 'delivered')).toBeNull();
  });

  it('takes a bounce after delivery, not after somebody opened it', () => {
    expect(nextStatus('delivered', 'bounced')).toBe('bounced');
    expect(nextStatus('opened', 'bounced')).toBeNull();
  });

  it('believes a proof of arrival after a report of failure', () => {
    expect(nextStatus('failed', 'delivered')).toBe('delivered');
    expect(nextStatus('delivered', 'failed')).toBeNull();
  });

  it('ends at the same status in whatever order receipts arrive, however often', () => {
    fc.assert(
      fc.property(fc.array(anyStatus), fc.array(anyStatus), (receipts, repeats) => {
        const shuffled = [
          ...receipts,
          ...repeats.filter((one) => receipts.includes(one)),
        ].reverse();
        expect(after('sending', shuffled)).toBe(after('sending', receipts));
      }),
    );
  });

  it('never goes back: what moved a message cannot move it again', () => {
    fc.assert(
      fc.property(anyStatus, fc.array(anyStatus), (start, receipts) => {
        const seen = [start];
        for (const receipt of receipts) {
          const next = nextStatus(seen.at(-1) ?? start, receipt);
          if (next !== null) {
            expect(seen).not.toContain(next);
            seen.push(next);
          }
        }
      }),
    );
  });

  it('says the same as the filter for updates', () => {
    fc.assert(
      fc.property(anyStatus, anyStatus, (current, receipt) => {
        expect(movedBy(receipt).includes(current)).toBe(nextStatus(current, receipt) !== null);
      }),
    );
  });

  it('never moves what was suppressed, and is never given by us alone', () => {
    fc.assert(
      fc.property(anyStatus, (status) => {
        expect(nextStatus('suppressed', status)).toBeNull();
        for (const ours of ['deferred', 'sending', 'unknown', 'suppressed'] as const) {
          expect(nextStatus(status, ours)).toBeNull();
        }
      }),
    );
  });

  it('knows what a provider took', () => {
    expect(MESSAGE_STATUSES.filter((status) => !wasAccepted(status))).toEqual([
      'deferred',
      'sending',
      'failed',
      'suppressed',
      'unknown',
    ]);
  });
});
