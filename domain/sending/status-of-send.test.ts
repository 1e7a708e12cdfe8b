import { describe, expect, it } from '@jest/globals';
import { MESSAGE_STATUSES } from '#domain/message/message.ts';
import { SEND_STATUSES, statusOfSend } from '#domain/sending/status-of-send.ts';

describe('the status of a send', () => {
  it('is pending until it has its end, whatever its messages have come to', () => {
    expect(statusOfSend(undefined, [])).toBe('pending');
    expect(statusOfSend(undefined, ['delivered', 'deferred'])).toBe('pending');
  });

  it('is its end where no provider took it', () => {
    expect(statusOfSend('suppressed', ['suppressed'])).toBe('suppressed');
    expect(statusOfSend('failed', ['suppressed', 'failed'])).toBe('failed');
  });

  it('is what is heard of its message from there on', () => {
    expect(statusOfSend('sent', ['sent'])).toBe('sent');
    expect(statusOfSend('sent', ['clicked'])).toBe('clicked');
    expect(statusOfSend('sent', ['bounced'])).toBe('bounced');
    expect(statusOfSend('sent', ['failed'])).toBe('failed');
    expect(statusOfSend('sent', ['unknown'])).toBe('unknown');
    // Given up while its call was claimed: it may have gone out.
    expect(statusOfSend('sent', ['failed', 'sending'])).toBe('unknown');
  });

  it('is that of the furthest message of a cascade, and not of one that came back', () => {
    expect(statusOfSend('sent', ['bounced', 'delivered'])).toBe('delivered');
    expect(statusOfSend('sent', ['unknown', 'opened'])).toBe('opened');
    expect(statusOfSend('sent', ['clicked', 'sent'])).toBe('clicked');
    expect(statusOfSend('sent', ['suppressed', 'failed', 'sent'])).toBe('sent');
  });

  it('is sent where the messages are not kept any more', () => {
    expect(statusOfSend('sent', [])).toBe('sent');
  });

  it('is one of those that the API names, for every status there is', () => {
    for (const status of MESSAGE_STATUSES) {
      expect(SEND_STATUSES).toContain(statusOfSend('sent', [status]));
    }
  });
});
