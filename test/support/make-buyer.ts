import type { RunView } from './views.ts';
import type { WholeKairos } from './whole-kairos.ts';

const userId = 'buyer';

/**
 * The customer `buyer` with something in every table that can be taken out: reminded of a cart by the
 * journey `reminding`, then with a consent and an order, of the product P1. All that was ever said is
 * applied, and as if it had come in a while ago: what is newer than a minute is of the next file.
 */
export async function makeBuyer(kairos: WholeKairos): Promise<RunView> {
  const run = await remind(kairos);
  const boots = { name: 'Boots', price: 15, currency: 'USD', attributes: { colour: 'red' } };
  await kairos.call('PUT', '/v1/products/P1', boots);
  const consent = { granted: true, source: 'shop desk' };
  await kairos.call('PUT', `/v1/profiles/external:${userId}/consents/sms`, consent);
  const properties = { order_id: 'o-2', revenue: 5.5, currency: 'USD', products: [] };
  const order = { userId, event: 'Order Completed', messageId: 'bought', properties };
  await kairos.track('track', order);
  const { events } = kairos.mongo.collections;
  await kairos.until('all to be applied', async () =>
    (await events.countDocuments({ state: 'accepted' })) === 0 ? true : null,
  );
  const earlier = { $subtract: ['$receivedAt', 600_000] };
  await events.updateMany({}, [{ $set: { receivedAt: earlier } }]);
  return run;
}

async function remind(kairos: WholeKairos): Promise<RunView> {
  await kairos.putLibraryTemplates('cart-reminder');
  await kairos.publish({
    ...{ key: 'reminding', name: 'Reminding', start: 'remind' },
    entry: { event: 'Product Added', reentry: 'always' },
    steps: {
      remind: { send: { template: 'cart-reminder', channel: 'email' }, next: 'leave' },
      leave: { end: 'done' },
    },
  });
  const traits = { email: 'buyer@shop.example', city: 'Lviv' };
  await kairos.track('identify', { userId, traits });
  const properties = { name: 'Boots', url: 'https://shop.example/1' };
  await kairos.track('track', { userId, event: 'Product Added', properties });
  return kairos.endedRun('reminding', `external:${userId}`);
}
