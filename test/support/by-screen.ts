import { journey } from './shop-customer.ts';

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
  yes: { end: 'yes' },
  no: { end: 'no' },
});
