import { describe, expect, it } from '@jest/globals';
import { CLICKS, OPENS, RECEIPT_EVENTS } from '#domain/message/receipts.ts';

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

  it('of a machine’s look moves no message further than sent, and no cascade', () => {
    const machines = [OPENS.machine, ...Object.values(CLICKS).map(({ machine }) => machine)];
    for (const name of machines) {
      expect(RECEIPT_EVENTS[name]).toMatchObject({ receipt: 'accepted', status: 'sent' });
    }
    const people = Object.entries(CLICKS).map(([channel, { person }]) => [channel, person]);
    for (const [channel = '', name = ''] of people) {
      expect(RECEIPT_EVENTS[name]).toEqual({ channel, receipt: 'clicked', status: 'clicked' });
    }
  });
});
