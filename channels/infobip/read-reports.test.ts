import { describe, expect, it } from '@jest/globals';
import { readReports } from '#channels/infobip/read-reports.ts';
import { receiptUrl } from '#channels/receipt-links.ts';

const LINKS = { publicUrl: 'https://kairos.example/', signing: 'new', known: ['new', 'old'] };
const NAMES = {
  sent: 'Viber Sent',
  delivered: 'Viber Delivered',
  failed: 'Viber Failed',
  seen: 'Viber Read',
} as const;
const ID = 'run/remind/0/1';
const DONE = '2026-02-03T00:01:01.000+0100';

function reports(results: unknown, target = addressOf(ID)) {
  const rawBody = Buffer.from(JSON.stringify({ results }));
  const request = { rawBody, headers: {}, target, receivedAt: 17 };
  return readReports(request, LINKS, { name: 'infobip-viber', names: NAMES });
}

function addressOf(messageId: string, signing = LINKS.signing, name = 'infobip-viber'): string {
  const { pathname, search } = new URL(receiptUrl({ ...LINKS, signing }, name, messageId));
  return pathname + search;
}

function report(groupName: string, name: string, permanent?: boolean) {
  const error = permanent === undefined ? {} : { error: { permanent } };
  return { messageId: ID, status: { groupName, name }, doneAt: DONE, ...error };
}

describe('the reports of Infobip', () => {
  it.each([
    ['Viber Delivered', report('DELIVERED', 'DELIVERED_TO_HANDSET')],
    ['Viber Sent', report('DELIVERED', 'DELIVERED_TO_OPERATOR')],
    ['Viber Failed', report('EXPIRED', 'EXPIRED_EXPIRED')],
  ])('are called "%s", at the time they tell', (name, result) => {
    const occurredAt = Date.parse('2026-02-02T23:01:01Z');
    expect(reports([result])).toMatchObject([{ messageId: ID, name, occurredAt }]);
  });

  it('say by what is permanent whether the number is dead', () => {
    const bounce = (permanent: boolean) =>
      reports([report('UNDELIVERABLE', 'UNDELIVERABLE_NOT_DELIVERED', permanent)])[0]?.bounce;
    expect([bounce(true), bounce(false)]).toEqual(['hard', 'soft']);
  });

  it.each([
    ['EXPIRED', 'EXPIRED_EXPIRED'],
    ['REJECTED', 'REJECTED_NOT_ENOUGH_CREDITS'],
    ['REJECTED', 'REJECTED_SENDER'],
    ['REJECTED', 'REJECTED_ROUTE_NOT_AVAILABLE'],
  ])('say nothing of the number where a message was %s: %s', (group, name) => {
    const [found] = reports([report(group, name, true)]);
    expect(found).toMatchObject({ name: 'Viber Failed' });
    expect(found).not.toHaveProperty('bounce');
  });

  it('say that what is no number is dead', () => {
    const [found] = reports([report('REJECTED', 'REJECTED_PREFIX_MISSING', true)]);
    expect(found).toMatchObject({ name: 'Viber Failed', bounce: 'hard' });
  });

  it('tell of a message that was seen, and the same report twice is one event', () => {
    const seen = { messageId: ID, from: 'Shop', seenAt: DONE };
    const [one, two] = reports([seen, seen]);
    expect(one).toMatchObject({ name: 'Viber Read', messageId: ID });
    expect(two?.eventId).toBe(one?.eventId);
  });

  it('leave out states that say nothing new, other messages, and what is no report', () => {
    const other = { ...report('DELIVERED', 'DELIVERED_TO_HANDSET'), messageId: 'other' };
    expect(reports([report('PENDING', 'PENDING_ENROUTE'), other, 'text', {}])).toEqual([]);
  });

  it('are believed only at an address we signed, for that message and channel', () => {
    const good = [report('DELIVERED', 'DELIVERED_TO_HANDSET')];
    expect(reports(good, addressOf(ID, 'old'))).toHaveLength(1);
    const forged = [
      '/v1/webhooks/infobip-viber',
      addressOf(ID, 'strange'),
      addressOf(ID, 'new', 'infobip-sms'),
      `${addressOf(ID)}x`,
    ];
    for (const target of forged) {
      const read = () => reports(good, target);
      expect(read).toThrow(expect.objectContaining({ code: 'forbidden' }));
    }
    expect(reports(good, addressOf('other'))).toEqual([]);
  });

  it('are malformed where they are no list', () => {
    expect(() => reports('many')).toThrow(expect.objectContaining({ code: 'malformed' }));
  });
});
