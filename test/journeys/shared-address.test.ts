import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { journey, ShopCustomer } from '../support/shop-customer.ts';
import { WholeKairos } from '../support/whole-kairos.ts';

const shoes = { name: 'Красные туфли', url: 'https://shop.example/1' };

const sends = (template: string) => ({
  mail: {
    send: { template, channel: 'email' },
    next: { sent: 'sent', suppressed: 'suppressed', failed: 'failed' },
  },
  sent: { end: 'sent' },
  suppressed: { end: 'suppressed' },
  failed: { end: 'failed' },
});

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('journeys-shared-address');
  await kairos.putLibraryTemplates('cart-reminder');
  await kairos.call('PUT', '/v1/templates/owed', {
    kind: 'transactional',
    languages: { en: { email: { subject: 'Your order', html: '<p>It is paid.</p>' } } },
  });
  await kairos.publish(journey('remind', sends('cart-reminder')));
  await kairos.publish(journey('owed', sends('owed')));
}, 120_000);
afterAll(() => kairos.stop());

/** Lets a customer into a journey once more; answers what their last message came to. */
async function enters(customer: ShopCustomer, name: 'remind' | 'owed'): Promise<string> {
  const before = await customer.runs(name);
  await customer.does(`Entered ${name}`, shoes);
  await kairos.until(`run ${String(before.length + 1)} of ${name}`, async () => {
    const runs = await customer.runs(name);
    const isOver = runs.every(({ status }) => status === 'completed');
    return isOver && runs.length > before.length ? true : null;
  });
  const [last] = await customer.messages();
  return [last?.status === 'suppressed' ? 'kept back' : 'sent', last?.reason ?? '']
    .join(' ')
    .trim();
}

async function leaveBy(link: string): Promise<void> {
  const body = 'List-Unsubscribe=One-Click';
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  expect((await fetch(link, { method: 'POST', headers, body })).status).toBe(200);
}

function agrees(customer: ShopCustomer): Promise<unknown> {
  const said = { granted: true, source: 'form' };
  return kairos.call('PUT', `/v1/profiles/${customer.identity}/consents/email`, said);
}

it('an unsubscribe link speaks for the mailbox: no other customer is written to there by marketing', async () => {
  const bob = await ShopCustomer.join(kairos);
  const { email } = bob.addresses;
  await bob.profileId();
  const wife = await ShopCustomer.join(kairos, { traits: { email } });
  await wife.profileId();
  const { data } = await kairos.call<{ data: unknown[] }>('GET', '/v1/conflicts');
  expect(data).toHaveLength(1);
  expect(await enters(bob, 'remind')).toBe('sent');
  expect(await enters(wife, 'remind')).toBe('sent');
  const inbox = await bob.inbox();
  expect(inbox).toHaveLength(2);
  const { headers } = inbox[0]?.payload as { headers: Record<string, string> };
  const link = /<(https?:[^>]+)>/.exec(headers['List-Unsubscribe'] ?? '')?.[1] ?? '';

  await leaveBy(link);
  expect(await enters(bob, 'remind')).toBe('kept back noConsent');
  expect(await enters(wife, 'remind')).toBe('kept back suppressed');
  expect(await enters(wife, 'owed')).toBe('sent');
  const why = `/v1/profiles/${wife.identity}/explain`;
  const suppressed = { suppressions: [{ channel: 'email', reason: 'unsubscribed' }] };
  expect(await kairos.call('GET', why)).toMatchObject(suppressed);

  // What a site says with every page view is not the word of whoever reads the mailbox.
  const context = { consent: { categoryPreferences: { email: true } } };
  await wife.does('Page Seen', {}, { context });
  expect(await enters(wife, 'remind')).toBe('kept back suppressed');

  await agrees(wife);
  expect(await kairos.call('GET', why)).toMatchObject({ suppressions: [] });
  expect(await enters(wife, 'remind')).toBe('sent');
  expect(await enters(bob, 'remind')).toBe('kept back noConsent');

  // The same link once more is a later word than hers.
  await leaveBy(link);
  expect(await enters(wife, 'remind')).toBe('kept back suppressed');
  expect(await bob.inbox()).toHaveLength(4);
});
