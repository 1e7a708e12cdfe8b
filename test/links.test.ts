import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { journey, pass, ShopCustomer } from './support/shop-customer.ts';
import { BROWSER_KEY, SiteBrowser } from './support/site-browser.ts';
import { ask, hrefs, PERSON, targetOf } from './support/visits.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const SALE = 'https://shop.example/sale?utm_source=kairos&utm_campaign=may';
const NEWS = 'https://shop.example/news';
const shoes = { name: 'Red shoes', url: 'https://shop.example/p/1?utm_medium=email&size=38' };

const content = {
  email: {
    subject: 'Hello',
    html:
      `<html><body><p>{{ entry.properties.name }}</p><a data-link="sale" href="${SALE.replaceAll('&', '&amp;')}">Sale</a>` +
      `<a href="${NEWS}">News</a><a href="{{ entry.properties.url }}">Shoes</a><a href="{{ links.unsubscribe }}">Leave</a>` +
      '{% assign page = links.preferences %}<a href="{{ page }}">Choose</a></body></html>',
  },
  sms: { text: 'Shoes: {{ entry.properties.url }}' },
};

let kairos: WholeKairos;

const sends = (template: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  send: { template, channel: 'email', ...more },
  next: { sent: 'yes', suppressed: 'no', failed: 'no' },
});
const ends = { yes: { end: 'yes' }, no: { end: 'no' } };

beforeAll(async () => {
  kairos = await WholeKairos.start('links', { env: { KAIROS_BROWSER_KEY: BROWSER_KEY } });
  const put = (key: string, more: object = {}) =>
    kairos.call('PUT', `/v1/templates/${key}`, { key, ...more, languages: { en: content } });
  const lamp = { name: 'Lamp', url: 'https://goods.example/lamp' };
  await kairos.call('PUT', '/v1/products/lamp', lamp);
  await put('tracked');
  await put('untracked', { kind: 'transactional', tracking: false });
  await put('texts', { tracking: { channels: ['sms'] } });
  await kairos.publish(journey('tracked', { mail: sends('tracked'), ...ends }));
  await kairos.publish(journey('untracked', { mail: sends('untracked'), ...ends }));
  await kairos.publish(journey('quiet', { mail: sends('tracked', { tracking: false }), ...ends }));
  await kairos.publish(journey('texts', { mail: sends('texts', { channel: 'sms' }), ...ends }));
  const until = (how: string) => ({
    mail: {
      send: { template: 'tracked', cascade: [{ channel: 'email', patience: 'PT1M' }], until: how },
      next: { reached: 'yes', exhausted: 'no' },
    },
    ...ends,
  });
  await kairos.publish(journey('until-clicked', until('clicked')));
  await kairos.call('PUT', '/v1/segments/clicked-sale', {
    name: 'Clicked the sale',
    condition: {
      event: 'Email Link Clicked',
      where: { 'properties.link_name': { is: 'sale' } },
    },
  });
  await kairos.call('PUT', '/v1/segments/opened', {
    name: 'Opened',
    condition: { event: 'Email Opened' },
  });
}, 120_000);
afterAll(() => kairos.stop());

interface Mail {
  customer: ShopCustomer;
  html: string;
  /** Of the links that can be seen, in their order, but those to Kairos' own pages. */
  links: string[];
  pages: string[];
  trap: string;
  pixel: string;
}

async function mailed(
  key = 'tracked',
  told?: (customer: ShopCustomer) => Promise<unknown>,
): Promise<Mail> {
  const customer = await ShopCustomer.join(kairos, { has: ['email'] });
  await (told ?? ((one) => one.does(`Entered ${key}`, shoes)))(customer);
  const mail = await kairos.until('the mail', async () => (await customer.inbox())[0] ?? null);
  const parts = mail.payload.content as { type: string; value: string }[];
  const html = parts.find(({ type }) => type === 'text/html')?.value ?? '';
  const [trap = ''] = hrefs(/<a [^>]*aria-hidden[^>]*>/.exec(html)?.[0] ?? '');
  const isPage = (href: string): boolean => href.startsWith(`${kairos.url}/v1/`);
  const links = hrefs(html).filter((href) => href !== trap && !isPage(href));
  const pages = hrefs(html).filter(isPage);
  return { customer, html, links, pages, trap, pixel: /<img src="([^"]+)"/.exec(html)?.[1] ?? '' };
}

interface EventView {
  name: string;
  properties: Record<string, unknown>;
}

/** What was told of a person's looks, oldest first, once there are so many. */
async function looks({ customer }: Mail, count: number): Promise<EventView[]> {
  return kairos.until(`${String(count)} looks`, async () => {
    const route = `/v1/profiles/${customer.identity}/events?limit=100`;
    const { data } = await kairos.call<{ data: EventView[] }>('GET', route);
    const found = data.filter(({ name }) => /Opened|Clicked/.test(name)).reverse();
    return found.length >= count ? found : null;
  });
}

async function segmentsOf({ customer }: Mail): Promise<string[]> {
  const route = `/v1/profiles/${customer.identity}/segments`;
  const { data } = await kairos.call<{ data: { key: string }[] }>('GET', route);
  return data.map(({ key }) => key).sort();
}

describe('a link in a mail', () => {
  it('leads where its template says, query and all, and says which it was, once', async () => {
    const mail = await mailed();
    expect(mail.links).toHaveLength(3);
    for (const link of mail.links) {
      expect(link.startsWith(`${kairos.url}/l/`)).toBe(true);
      const said = Buffer.from(link.split('/l/')[1] ?? '', 'base64url').toString('latin1');
      // An address gives nobody away, nor what the shop calls them.
      expect(said).not.toMatch(/shop\.example|Red shoes|tracked|click|mail/);
    }
    const answers = await Promise.all(mail.links.map((link) => ask(link).then(targetOf)));
    expect(answers).toEqual([SALE, NEWS, shoes.url]);
    const again = await ask(mail.links[0] ?? '');
    expect([again.status, again.headers.get('cache-control')]).toEqual([302, 'no-store']);
  });

  it('is an event of its customer with the link’s name and address, for segments and waits', async () => {
    const mail = await mailed('until-clicked');
    const [sale = ''] = mail.links;
    await ask(sale);
    await ask(sale);
    expect(await mail.customer.path('until-clicked')).toBe('mail:reached -> yes:yes');
    const [click] = await looks(mail, 1);
    expect(click).toMatchObject({
      name: 'Email Link Clicked',
      properties: { channel: 'email', url: SALE, link: 1, link_name: 'sale' },
    });
    await kairos.until('the segment', async () =>
      (await segmentsOf(mail)).includes('clicked-sale') ? true : null,
    );
    expect(await mail.customer.told()).toEqual(['email clicked']);
    await ask(mail.links[2] ?? '');
    const both = await looks(mail, 2);
    expect(both.map(({ properties }) => properties.link)).toEqual([1, 3]);
  });

  it('leads nobody anywhere else: a token is ours, whole and unchanged', async () => {
    const { links } = await mailed();
    const [base = '', token = ''] = (links[0] ?? '').split('/l/');
    const bytes = Buffer.from(token, 'base64url');
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    const tokens = [bytes.toString('base64url'), token.slice(0, -3), `${token}A`, 'x.y', '%00'];
    for (const wrong of tokens) {
      const answer = await ask(`${base}/l/${wrong}?url=https://evil.example`);
      expect([answer.status, answer.headers.get('location')]).toEqual([404, null]);
    }
    expect((await ask(`${base}/s/AAAAAAAAAAAA`)).status).toBe(404);
  });

  it('leads to no host that only a browser’s event names: that address stands there as it is', async () => {
    // Anybody may say so of themselves, by a key that every page of the shop shows.
    const seen = (properties: object) => async (customer: ShopCustomer) => {
      const browser = new SiteBrowser(kairos);
      const traits = { email: `${randomUUID()}@customer.example` };
      customer.addresses.email = traits.email;
      await browser.says('identify', { traits });
      await browser.says('track', { event: 'Entered tracked', properties });
    };
    const evil = 'https://evil.example/login';
    const mail = await mailed('tracked', seen({ name: 'Red shoes', url: evil }));
    expect(mail.links[2]).toBe(evil);
    expect(targetOf(await ask(mail.links[0] ?? ''))).toBe(SALE);
    // The catalogue is the shop's own word, and so is what its server says.
    const lamp = { name: 'Lamp', url: 'https://goods.example/lamp' };
    const sold = await mailed('tracked', seen(lamp));
    expect(targetOf(await ask(sold.links[2] ?? ''))).toBe(lamp.url);
    const told = { name: 'Bed', url: 'https://other.example/bed' };
    const bed = await mailed('tracked', (customer) => customer.does('Entered tracked', told));
    expect(targetOf(await ask(bed.links[2] ?? ''))).toBe(told.url);
  });

  it('to a secret that one message was asked to bring is kept nowhere, though she clicks', async () => {
    const reset = 'https://shop.example/reset?code=0f3e-secret';
    const mail = await mailed('tracked', (one) =>
      kairos.call('POST', '/v1/messages', {
        ...{ to: one.identity, template: 'tracked', channel: 'email' },
        data: { name: 'Reset', url: reset },
      }),
    );
    expect(mail.links[2]).toBe(reset);
    expect(targetOf(await ask(mail.links[0] ?? ''))).toBe(SALE);
    await looks(mail, 1);
    const { messages, events } = kairos.mongo.collections;
    const sent = await messages.find({ journey: 'api:messages' }).toArray();
    const clicks = await events.find({ name: 'Email Link Clicked' }).toArray();
    expect(sent).toHaveLength(1);
    expect(JSON.stringify(clicks)).toContain(`"message_id":"${sent[0]?._id ?? ''}"`);
    expect(JSON.stringify([sent, clicks])).not.toContain('secret');
  });

  it('is none of those to Kairos’ own pages, by whatever way their address came', async () => {
    const { pages } = await mailed();
    expect(pages.map((page) => new URL(page).pathname.split('/')[2])).toEqual([
      ...['unsubscribe', 'preferences'],
    ]);
  });

  it('outlives its message where the template writes it out, and else says that it is too old', async () => {
    const { links } = await mailed();
    const { messages } = kairos.mongo.collections;
    await messages.deleteMany({ channel: 'email' });
    expect(targetOf(await ask(links[0] ?? ''))).toBe(SALE);
    const gone = await ask(links[2] ?? '');
    expect([gone.status, gone.headers.get('location')]).toEqual([410, null]);
    expect(await gone.text()).toContain('This link is too old');
  });

  it('that a scanner follows leads on and counts for nothing', async () => {
    const mail = await mailed();
    const [sale = '', news = ''] = mail.links;
    expect(targetOf(await ask(sale, PERSON, 'HEAD'))).toBe(SALE);
    expect(targetOf(await ask(news, 'Barracuda Sentinel (EE)'))).toBe(NEWS);
    expect((await ask(mail.trap)).status).toBe(204);
    // Moments after the link that nobody sees.
    await ask(mail.links[2] ?? '');
    const told = await looks(mail, 4);
    expect(told.map(({ name }) => name)).toEqual(Array(4).fill('Email Link Clicked by Machine'));
    expect(told.map(({ properties }) => [properties.machine, properties.machine_mark])).toEqual([
      [true, 'prefetch'],
      [true, 'scanner'],
      [true, 'trap'],
      [true, 'trap'],
    ]);
    await pass(500);
    expect(await segmentsOf(mail)).toEqual([]);
    expect((await mail.customer.told())[0]).not.toContain('clicked');
  });
});

describe('the picture in a mail', () => {
  it('tells once that somebody opened it', async () => {
    const mail = await mailed();
    const answer = await ask(mail.pixel);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/gif']);
    await ask(mail.pixel);
    await kairos.until('the segment', async () =>
      (await segmentsOf(mail)).includes('opened') ? true : null,
    );
    expect((await looks(mail, 1)).map(({ name }) => name)).toEqual(['Email Opened']);
    expect(await mail.customer.told()).toEqual(['email opened']);
  });

  it('that Apple’s proxy fetches tells nothing of its reader, who may open it later', async () => {
    const mail = await mailed();
    await ask(mail.pixel, 'Mozilla/5.0');
    const [machine] = await looks(mail, 1);
    expect(machine).toMatchObject({
      name: 'Email Opened by Machine',
      properties: { machine: true, machine_mark: 'privacyProxy' },
    });
    expect(await segmentsOf(mail)).toEqual([]);
    await ask(mail.pixel);
    expect((await looks(mail, 2)).at(-1)?.name).toBe('Email Opened');
  });

  it('that is none of ours is shown all the same, and says nothing', async () => {
    const answer = await ask(`${kairos.url}/o/x.y`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/gif']);
  });
});

describe('a message that is not tracked', () => {
  it.each(['untracked', 'quiet'])('leads on directly and shows no picture: %s', async (key) => {
    const mail = await mailed(key);
    expect(mail.links.map((link) => link.replaceAll('&amp;', '&'))).toEqual([
      SALE,
      NEWS,
      shoes.url,
    ]);
    expect(mail.html).not.toContain('<img');
    expect([mail.trap, mail.html.includes('/l/')]).toEqual(['', false]);
  });
});

describe('a text message', () => {
  it('has short links where its template asks for them', async () => {
    const context = { consent: { categoryPreferences: { sms: true } } };
    const customer = await ShopCustomer.join(kairos, { has: ['sms'], context });
    await customer.does('Entered texts', shoes);
    const [text] = await kairos.until('the text', async () => {
      const found = await customer.inbox();
      return found.length > 0 ? found : null;
    });
    const body = String(text?.payload.Body);
    const link = /http\S+/.exec(body)?.[0] ?? '';
    expect(body).toMatch(/^Shoes: http\S+\/s\/[\w-]{12}$/);
    expect(targetOf(await ask(link))).toBe(shoes.url);
    await kairos.until('the click', async () =>
      (await customer.told()).join() === 'sms clicked' ? true : null,
    );
  });
});

it('a template shows its links as they were numbered', async () => {
  const { links } = await kairos.call<{ links: unknown[] }>('GET', '/v1/templates/tracked');
  expect(links).toEqual([
    { number: 1, language: 'en', channel: 'email', url: SALE, name: 'sale' },
    { number: 2, language: 'en', channel: 'email', url: NEWS },
    { number: 3, language: 'en', channel: 'email', url: '{{ entry.properties.url }}' },
    { number: 4, language: 'en', channel: 'email', url: '{{ page }}' },
    { number: 5, language: 'en', channel: 'sms', url: '{{ entry.properties.url }}' },
  ]);
});
