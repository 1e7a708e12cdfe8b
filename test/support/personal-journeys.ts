/** Journeys by which an invented person is written to, in many ways. */
export const JOURNEY = {
  key: 'cart',
  name: 'Cart',
  entry: { event: 'Product Added', key: 'properties.cart_id', reentry: 'always' },
  start: 'write',
  steps: {
    write: {
      send: { template: 'cart-reminder', cascade: [{ channel: 'push' }, { channel: 'email' }] },
      next: 'wait',
    },
    wait: { waitFor: { event: 'Cart Viewed', timeout: 'P1D' }, next: 'leave' },
    leave: { end: 'done' },
  },
};

/** What waits for her on the shop's pages names what she had chosen. */
export const NOTE = {
  key: 'note',
  languages: { en: { inbox: { title: 'Still here', body: '{{ entry.properties.name }}' } } },
};
export const NOTED = {
  key: 'noted',
  name: 'Noted',
  entry: { event: 'Product Added', key: 'properties.cart_id', reentry: 'always' },
  start: 'write',
  steps: {
    write: { send: { template: 'note', channel: 'inbox' }, next: 'leave' },
    leave: { end: 'done' },
  },
};

/** Another system is told of her and answers, and somebody of the shop writes down what she said. */
export const told = (receiver: string) => ({
  key: 'told',
  name: 'Told',
  entry: { event: 'Product Added', key: 'properties.cart_id', reentry: 'always' },
  start: 'ask',
  steps: {
    ask: {
      webhook: {
        url: `${receiver}/ask`,
        body: { mail: '{{ profile.email }}', name: '{{ entry.properties.name }}' },
        response: { name: 'body.name', mail: 'body.mail' },
      },
      next: { ok: 'ring', failed: 'leave' },
    },
    ring: {
      task: {
        ...{ kind: 'sales', title: 'Ring', due: 'P1D', outcomes: ['reached'] },
        note: '{{ responses.ask.name }} for {{ responses.ask.mail }}',
      },
      next: 'leave',
    },
    leave: { end: 'done' },
  },
});

/** The same for those who are sent into it. */
export const ASKED = { ...JOURNEY, key: 'asked', name: 'Asked', entry: { api: true } };
