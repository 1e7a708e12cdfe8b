/** Texts that other programs send exactly like this: a journey and a template in YAML. */
export const ABANDONED_CART_YAML = String.raw`key: abandoned-cart                      # ^[a-z][a-z0-9]*(-[a-z0-9]+)*$, at most 64
name: Abandoned cart
entry:
  event: Product Added
  where: { properties.price: { gt: 0 } }
  key: properties.cart_id                # one run per person and cart
  reentry: { after: P7D }
exits:
  - { event: Order Completed, match: { properties.cart_id: entry.properties.cart_id } }
goal: { event: Order Completed, within: P7D, value: properties.revenue }
start: hour
steps:
  hour:   { wait: PT1H, next: remind }
  remind:
    send:
      template: cart-reminder
      cascade:
        - { channel: push, patience: PT15M }
        - { channel: email, patience: PT2H }
        - { channel: sms }
      until: delivered                   # delivered | opened | clicked
    next: { reached: again, exhausted: leave }
  again:  { waitFor: { event: Cart Viewed, timeout: P1D }, next: { received: leave, timeout: worth } }
  worth:
    branch:
      - { when: { trait: orders_count, gte: 3 }, next: offer }
      - { else: true, next: leave }
  offer:  { send: { template: cart-offer, channel: email }, next: leave }
  leave:  { end: done }
`;

export const CART_REMINDER_YAML = String.raw`key: cart-reminder
kind: marketing                          # marketing | transactional
topic: offers
languages:
  en:
    email:
      subject: "{{ profile.first_name | default: 'Hello' }}, your cart is waiting"
      mjml: "<mjml><mj-body><mj-section><mj-column><mj-text>{{ entry.properties.name }} is still in your cart.</mj-text><mj-button href=\"{{ entry.properties.url }}\">Back to the cart</mj-button></mj-column></mj-section></mj-body></mjml>"
    push: { title: "Still thinking?", body: "{{ entry.properties.name }} is waiting", link: "{{ entry.properties.url }}" }
    sms:  { text: "{{ entry.properties.name }} is still in your cart: {{ entry.properties.url }}" }
  ru:
    email:
      subject: "{{ profile.first_name | default: 'Здравствуйте' }}, ваша корзина ждёт"
      html: "<p>{{ entry.properties.name }} всё ещё в корзине. <a href=\"{{ entry.properties.url }}\">Вернуться</a></p>"
    push: { title: "Ещё думаете?", body: "{{ entry.properties.name }} ждёт", link: "{{ entry.properties.url }}" }
    sms:  { text: "{{ entry.properties.name }} всё ещё в корзине: {{ entry.properties.url }}" }
`;

/** The gate's settings; of `a | b` any one is meant. */
const GATE_SETTINGS_YAML = `{ consentWhenUnknown: { sms: deny }, quietHours: { from: "21:00", to: "09:00", action: hold | skip }, caps: [{ channel: email | any, max: 2, per: day | week | month }], minDistance: PT30M, holdoutPercent: 5 }`;

/** The gate's settings as YAML, so often that each word that may be chosen is in one of them. */
export function gateSettingsYaml(): string[] {
  const choice = /\w+(?: \| \w+)+/g;
  const words = [...GATE_SETTINGS_YAML.matchAll(choice)].map(([all]) => all.split(' | ').length);
  return Array.from({ length: Math.max(...words) }, (_, turn) =>
    GATE_SETTINGS_YAML.replace(choice, (all) => {
      const options = all.split(' | ');
      return options[turn % options.length] ?? '';
    }),
  );
}

/** What a customer wishes. */
export const PREFERENCES = { channels: ['email'], topics: ['offers'], maxPerWeek: 3 };

/** Where nobody may be reached. */
export const SUPPRESSION = { channel: 'sms', address: '+380501234567', reason: 'asked' };

/** One message outside any journey, by a channel and by a cascade. */
export const messagesTo = (to: string): object[] => [
  {
    to,
    template: 'cart-reminder',
    channel: 'email',
    data: { name: 'Boots', url: 'https://s.example' },
  },
  {
    ...{ to, template: 'cart-reminder', data: { name: 'Boots', url: 'https://s.example' } },
    cascade: [{ channel: 'push', patience: 'PT15M' }, { channel: 'email' }],
  },
];

/** Campaigns with every field that is written there. */
export const CAMPAIGNS = [
  {
    ...{ key: 'spring', name: 'Spring', segment: 'readers', template: 'cart-reminder' },
    ...{ channel: 'email', at: '2099-03-01T10:00:00Z', ratePerMinute: 600 },
    experiment: { variants: [{ key: 'a' }, { key: 'b', template: 'cart-reminder' }] },
  },
  {
    ...{ key: 'summer', name: 'Summer', segment: 'readers', template: 'cart-reminder' },
    ...{ cascade: [{ channel: 'push', patience: 'PT15M' }, { channel: 'email' }] },
    localTime: '2099-06-01T10:00',
  },
];
