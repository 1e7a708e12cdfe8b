import { journey } from './shop-customer.ts';

const ends = { yes: { end: 'yes' }, no: { end: 'no' } };

/** Three channels, each with a patience of its own. */
export const cascadeOf = (
  key: string,
  ...patience: [string, string, string]
): ReturnType<typeof journey> =>
  journey(key, {
    remind: {
      send: {
        template: 'cart-reminder',
        cascade: (['push', 'email', 'sms'] as const).map((channel, index) => ({
          channel,
          patience: patience[index],
        })),
        until: 'delivered',
      },
      next: { reached: 'yes', exhausted: 'no' },
    },
    ...ends,
  });

/** By mail alone, done when that is delivered, opened or clicked; an order ends it. */
export const byMail = (key: string, until: string, patience: string): ReturnType<typeof journey> =>
  journey(
    key,
    {
      remind: {
        send: { template: 'cart-reminder', cascade: [{ channel: 'email', patience }], until },
        next: { reached: 'yes', exhausted: 'no' },
      },
      ...ends,
    },
    { exits: [{ event: 'Order Completed' }] },
  );

/** One text message, no cascade. */
export const bySms = journey('by-sms', {
  remind: {
    send: { template: 'cart-reminder', channel: 'sms' },
    next: { sent: 'yes', suppressed: 'no', failed: 'no' },
  },
  ...ends,
});

/** What a browser and Viber show; where neither does, the phone. */
export const everywhere = {
  key: 'everywhere',
  languages: {
    en: {
      'web-push': { title: 'Waiting', body: '{{ entry.properties.name }} is waiting' },
      viber: {
        text: '{{ entry.properties.name }} is waiting',
        button: { title: 'Open', link: '{{ entry.properties.url }}' },
      },
      sms: { text: '{{ entry.properties.name }} is waiting' },
    },
  },
};

/** Over all three, each with the patience of a minute. */
export const byScreen = journey('by-screen', {
  remind: {
    send: {
      template: 'everywhere',
      cascade: (['web-push', 'viber', 'sms'] as const).map((channel) => ({
        channel,
        patience: 'PT1M',
      })),
      until: 'delivered',
    },
    next: { reached: 'yes', exhausted: 'no' },
  },
  ...ends,
});
