import { describe, expect, it } from '@jest/globals';
import { receiptMeaning } from '#channels/receipts.ts';

describe('the meaning of an event', () => {
  it('is known for receipts', () => {
    const meaning = { channel: 'email', receipt: 'delivered', status: 'delivered' };
    expect(receiptMeaning('Email Delivered')).toEqual(meaning);
  });

  it('is none for any other name', () => {
    for (const name of ['Order Completed', 'constructor', '__proto__', '']) {
      expect(receiptMeaning(name)).toBeUndefined();
    }
  });
});
