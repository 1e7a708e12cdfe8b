import { describe, expect, it } from '@jest/globals';
import { RECEIPT_EVENTS } from '#domain/message/receipts.ts';

describe('the meaning of an event', () => {
  it('is known for receipts', () => {
    const meaning = { channel: 'email', receipt: 'delivered', status: 'delivered' };
    expect(RECEIPT_EVENTS['Email Delivered']).toEqual(meaning);
  });

  it('is none for any other name', () => {
    for (const name of ['Order Completed', 'constructor', '__proto__', '']) {
      expect(RECEIPT_EVENTS[name]).toBeUndefined();
    }
  });
});
