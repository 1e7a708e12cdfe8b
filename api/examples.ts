/** Examples shown in the API's documentation; tests send the same texts as YAML. */
export const JOURNEY_EXAMPLE = {
  key: 'abandoned-cart',
  name: 'Abandoned cart',
  entry: {
    event: 'Product Added',
    where: {
      'properties.price': {
        gt: 0,
      },
    },
    key: 'properties.cart_id',
    reentry: {
      after: 'P7D',
    },
  },
  exits: [
    {
      event: 'Order Completed',
      match: {
        'properties.cart_id': 'entry.properties.cart_id',
      },
    },
  ],
  goal: {
    event: 'Order Completed',
    within: 'P7D',
    value: 'properties.revenue',
  },
  start: 'hour',
  steps: {
    hour: {
      wait: 'PT1H',
      next: 'remind',
    },
    remind: {
      send: {
        template: 'cart-reminder',
        cascade: [
          {
            channel: 'push',
            patience: 'PT15M',
          },
          {
            channel: 'email',
            patience: 'PT2H',
          },
          {
            channel: 'sms',
          },
        ],
        until: 'delivered',
      },
      next: {
        reached: 'again',
        exhausted: 'leave',
      },
    },
    again: {
      waitFor: {
        event: 'Cart Viewed',
        timeout: 'P1D',
      },
      next: {
        received: 'leave',
        timeout: 'worth',
      },
    },
    worth: {
      branch: [
        {
          when: {
            trait: 'orders_count',
            gte: 3,
          },
          next: 'offer',
        },
        {
          else: true,
          next: 'leave',
        },
      ],
    },
    offer: {
      send: {
        template: 'cart-offer',
        channel: 'email',
      },
      next: 'leave',
    },
    leave: {
      end: 'done',
    },
  },
};

export const TEMPLATE_EXAMPLE = {
  key: 'cart-reminder',
  kind: 'marketing',
  topic: 'offers',
  languages: {
    en: {
      email: {
        subject: "{{ profile.first_name | default: 'Hello' }}, your cart is waiting",
        mjml: '<mjml><mj-body><mj-section><mj-column><mj-text>{{ entry.properties.name }} is still in your cart.</mj-text><mj-button href="{{ entry.properties.url }}">Back to the cart</mj-button></mj-column></mj-section></mj-body></mjml>',
      },
      push: {
        title: 'Still thinking?',
        body: '{{ entry.properties.name }} is waiting',
        link: '{{ entry.properties.url }}',
      },
      sms: {
        text: '{{ entry.properties.name }} is still in your cart: {{ entry.properties.url }}',
      },
    },
    ru: {
      email: {
        subject: "{{ profile.first_name | default: 'Здравствуйте' }}, ваша корзина ждёт",
        html: '<p>{{ entry.properties.name }} всё ещё в корзине. <a href="{{ entry.properties.url }}">Вернуться</a></p>',
      },
      push: {
        title: 'Ещё думаете?',
        body: '{{ entry.properties.name }} ждёт',
        link: '{{ entry.properties.url }}',
      },
      sms: {
        text: '{{ entry.properties.name }} всё ещё в корзине: {{ entry.properties.url }}',
      },
    },
  },
};

export const SEGMENT_EXAMPLES = {
  lapsed: {
    name: 'Lapsed buyers',
    condition: {
      all: [
        { trait: 'orders_count', gte: 2 },
        { not: { event: 'Order Completed', within: 'P60D' } },
      ],
    },
  },
  contextual: {
    name: 'Regular buyers who look at this category',
    condition: {
      all: [
        { event: 'Order Completed', atLeast: 3, within: 'P90D' },
        { context: 'page.category', is: { param: 'category' } },
      ],
    },
    params: ['category'],
  },
  static: { name: 'Asked for the press kit', static: true },
};

export const CAMPAIGN_EXAMPLES = {
  hour: {
    key: 'black-friday',
    name: 'Black Friday, at ten where you are',
    segment: 'newsletter-readers',
    template: 'black-friday',
    channel: 'email',
    localTime: '2026-11-27T10:00',
    ratePerMinute: 60_000,
    resend: { after: 'P1D', template: 'black-friday-last-hours' },
  },
  test: {
    key: 'spring-sale',
    name: 'Spring sale',
    segment: 'newsletter-readers',
    template: 'spring-sale',
    cascade: [{ channel: 'push', patience: 'PT15M' }, { channel: 'email' }],
    experiment: {
      variants: [{ key: 'price' }, { key: 'picture', template: 'spring-sale-picture' }],
      share: 20,
      winner: { by: 'clicks', after: 'PT4H' },
    },
  },
};

export const SEND_EXAMPLES = {
  receipt: {
    to: 'external:42',
    template: 'order-receipt',
    channel: 'email',
    data: { order_id: 'o-1001', total: 49.9, currency: 'EUR' },
  },
  code: {
    to: 'phone:+380501234567',
    template: 'login-code',
    cascade: [{ channel: 'push', patience: 'PT1M' }, { channel: 'sms' }],
    data: { code: '482913' },
  },
};

export const SOURCE_EXAMPLES = {
  customers: {
    kind: 'postgresql',
    connection: 'SHOP',
    table: 'public.customers',
    cursor: { column: 'updated_at', key: 'id', lookBack: 'PT10M' },
    as: 'profiles',
    map: { external_id: 'id', email: 'mail', attributes: { city: 'town' } },
    schedule: { every: 'PT15M' },
  },
  analytics: {
    kind: 'bigquery',
    connection: 'ANALYTICS',
    preset: 'ga4',
    dataset: 'analytics_123456789',
    as: 'events',
    schedule: { cron: '30 6 * * *', zone: 'Europe/Kyiv' },
  },
};

export const BLOCK_EXAMPLE = {
  key: 'footer',
  languages: {
    en: {
      mjml: "<mj-section><mj-column><mj-text>The shop, 1 Main Street. <a href='{{ links.unsubscribe }}'>Unsubscribe</a></mj-text></mj-column></mj-section>",
      text: 'The shop, 1 Main Street',
    },
  },
};
