import { Liquid } from 'liquidjs';
import type { RunEntry } from '#domain/journey/run.ts';
import type { Product } from '#domain/product/product.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { CartLine } from '#domain/profile/profile.ts';
import { personalContent, personalLists } from '#domain/template/personal-content.ts';
import { parseTemplate } from '#domain/template/template.ts';
import { templateScope } from '#domain/template/template-scope.ts';
import { compileMjml } from '#templates/compile-mjml.ts';
import { emailSources, prepareTemplate, type EmailSources } from '#templates/prepare-template.ts';
import { renderMessage } from '#templates/render-message.ts';
import { expectCount, type Row, type Side } from '../row.ts';

const MAILS = { full: 20_000, quick: 2_000, smoke: 50 };
const LANGUAGE = 'en';
const CURRENCY = 'USD';

/** A cart of three lines and six products that may please, each with picture, link and price. */
const SHELF = `
  <mj-section><mj-column>
    <mj-text>{{ profile.first_name | default: 'Hello' }}, {{ cart.size }} things are in your cart.</mj-text>
    <mj-table>{% for line in cart %}
      <tr><td><img src="{{ line.image }}" alt="" width="80" /></td>
      <td><a href="{{ entry.properties.url }}">{{ line.name }}</a></td>
      <td>{{ line.quantity }} × {{ line.price | money: line.currency }}</td></tr>
    {% else %}<tr><td>Nothing</td></tr>{% endfor %}</mj-table>
    <mj-button href="{{ entry.properties.url }}">Back to the cart</mj-button>
  </mj-column></mj-section>
  <mj-section><mj-column><mj-text>You may like</mj-text>
    <mj-table>{% for item in recommendations limit: 6 %}
      <tr><td><img src="{{ item.image }}" alt="{{ item.name }}" width="160" /></td>
      <td><a href="{{ item.url }}">{{ item.name }}</a>, {{ item.brand }}<br />
      {% if item.on_sale %}<s>{{ item.old_price | money: item.currency }}</s>{% endif %}
      {{ item.price | money: item.currency }}</td></tr>
    {% else %}<tr><td>See what is new</td></tr>{% endfor %}</mj-table>
    <mj-text><a href="{{ links.unsubscribe }}">Unsubscribe</a></mj-text>
  </mj-column></mj-section>`;

const MAIL = {
  key: 'shelf',
  languages: {
    [LANGUAGE]: {
      email: {
        subject: "{{ profile.first_name | default: 'Hello' }}, your cart is waiting",
        preheader: '{{ cart.first.name }} and more',
        mjml: `<mjml><mj-body>${SHELF}</mj-body></mjml>`,
      },
    },
  },
};

export const rendering: Row = {
  name: 'rendering',
  title: 'A personal mail rendered: subject, HTML and text, with a cart and six products',
  lines: [
    {
      what: 'mails per second, one core',
      side: 'kairos',
      figure: 'perSecond',
      unit: '/s',
      against: { side: 'liquid', label: 'LiquidJS, parsed template', better: 'more', target: 0.8 },
    },
  ],
  async prepare(ground) {
    const template = parseTemplate(MAIL);
    const email = template.languages[LANGUAGE]?.email;
    const compiled = await compileMjml(email?.mjml ?? '');
    if (email === undefined || 'faults' in compiled) throw new Error('the mail is not good');
    const { html } = compiled;
    const prepared = prepareTemplate({ template, html: { [LANGUAGE]: html }, revision: 1 });
    const count = ground.scale(MAILS);
    const ours = (number: number): string => {
      const scope = scopeOf(number);
      const languages = [LANGUAGE];
      const made = renderMessage({ template: prepared, channel: 'email', languages, scope });
      return 'content' in made && made.content.channel === 'email' ? made.content.html : '';
    };
    const theirs = plainLiquid(emailSources(email, html));
    const sides = { kairos: renderSide(count, ours), liquid: renderSide(count, theirs) };
    return {
      sides,
      async warmUp() {
        for (const side of Object.values(sides)) await side(-1);
      },
    };
  },
};

/** LiquidJS as it comes, on sources parsed once, with the same values and one format of money. */
function plainLiquid(sources: EmailSources): (number: number) => string {
  const engine = new Liquid();
  const format = new Intl.NumberFormat(LANGUAGE, { style: 'currency', currency: CURRENCY });
  engine.registerFilter('money', (amount: number) => format.format(amount));
  const [subject, html, text] = [sources.subject, sources.html, sources.text].map((source) =>
    engine.parse(source),
  );
  if (subject === undefined || html === undefined || text === undefined)
    throw new Error('no parts');
  return (number) => {
    const scope = scopeOf(number);
    engine.renderSync(subject, scope);
    engine.renderSync(text, scope);
    return String(engine.renderSync(html, scope));
  };
}

const at = Date.now();
const products = new Map(
  Array.from({ length: 9 }, (_, index): [string, Product] => {
    const _id = `p${String(index)}`;
    const facts = { price: 1_000 + index, currency: CURRENCY, brand: 'Northland', stock: 5 };
    const [url, image] = [`https://shop.example/${_id}`, `https://img.shop.example/${_id}.jpg`];
    const sale = index % 2 === 0 ? { salePrice: 900 } : {};
    const made = { attributes: {}, languages: {}, revision: 1, createdAt: at, updatedAt: at };
    return [
      _id,
      { _id, name: `Boots No ${String(index)}`, url, image, ...facts, ...sale, ...made },
    ];
  }),
);
const cart = ['p6', 'p7', 'p8'].map((product_id): CartLine => {
  return { product_id, cart_id: null, name: 'Boots', quantity: 2, price: 1_000, at };
});
const person = { ...newProfile('p', 0, 0), cart };
const recommended = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'];

/** Both sides read the same values, and making them ready is in both clocks. */
function scopeOf(number: number): ReturnType<typeof templateScope> {
  const properties = { name: 'Walking boots', url: `https://shop.example/cart/${String(number)}` };
  const entry: RunEntry = { kind: 'event', id: 'e', at: number, event: null, properties };
  const profile = { ...person, attributes: { first_name: `Reader ${String(number)}` } };
  const links = { unsubscribe: 'https://shop.example/unsubscribe' };
  const asked = { profile, entry, order: null };
  const shelf = { products, recommended, language: LANGUAGE, currency: CURRENCY, now: at };
  return {
    ...templateScope({ profile, entry, entryKey: null, currency: CURRENCY, links }),
    ...personalContent(asked, personalLists(asked), shelf),
  };
}

function renderSide(count: number, render: (number: number) => string): Side {
  return () => {
    let whole = 0;
    const startedAt = performance.now();
    for (let number = 0; number < count; number += 1) {
      const html = render(number);
      if (html.includes(`Reader ${String(number)}`) && html.includes(`/cart/${String(number)}`)) {
        whole += 1;
      }
    }
    const ms = performance.now() - startedAt;
    expectCount('mails rendered for the right person', whole, count);
    return Promise.resolve({ perSecond: (count / ms) * 1_000 });
  };
}
