import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  basic,
  BROWSER_KEY,
  SiteBrowser,
  SiteEvents,
  userToken,
  type InboxReply,
  type SiteMessage,
} from './support/site-browser.ts';
import { WholeKairos } from './support/whole-kairos.ts';

/** Each sends one message by its own channel when it is asked to. */
const CHANNELS = ['inbox', 'in-app', 'widget'] as const;

const TEMPLATE = {
  key: 'note',
  languages: {
    en: {
      inbox: {
        title: '{{ entry.properties.name }} waits',
        body: 'In your **cart**.',
        link: '/cart',
      },
      'in-app': {
        title: 'Welcome back',
        body: '{{ entry.properties.name }} waits.',
        button: { title: 'To the cart', link: '/cart' },
        pages: '/cart /p/*',
      },
      email: { subject: 'It waits', html: '<p>It waits.</p>' },
      widget: { kind: 'bar', body: 'Free delivery', position: 'top' },
    },
  },
};

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('site-messages', { env: { KAIROS_BROWSER_KEY: BROWSER_KEY } });
  await kairos.call('PUT', '/v1/templates/note', TEMPLATE);
  for (const channel of CHANNELS) {
    await kairos.publish({
      key: channel,
      name: channel,
      entry: { event: 'Asked', where: { 'properties.by': { is: channel } }, reentry: 'always' },
      start: 'send',
      steps: {
        send: { send: { template: 'note', channel }, next: 'leave' },
        leave: { end: 'done' },
      },
    });
  }
}, 180_000);
afterAll(() => kairos.stop());

const statusOf = (id: string, status: string): Promise<unknown> =>
  kairos.until(`${status} of ${id}`, async () => {
    const found = await kairos.mongo.collections.messages.findOne({ _id: id });
    return found?.status === status ? true : null;
  });

describe('a message to the inbox', () => {
  it('waits there for the visitor, counts as unread, and says what becomes of it', async () => {
    const browser = new SiteBrowser(kairos);
    await browser.asks('inbox', 'Kettle');
    const { data, unread } = await browser.inbox(1);
    const [message] = data;
    const id = message?.id ?? '';
    expect(unread).toBe(1);
    expect(message).toMatchObject({
      channel: 'inbox',
      readAt: null,
      language: 'en',
      content: { title: 'Kettle waits', body: 'In your **cart**.', link: '/cart' },
    });
    await statusOf(id, 'sent');
    expect(await browser.tells({ id, event: 'delivered' })).toEqual({ accepted: 1, ignored: 0 });
    await statusOf(id, 'delivered');
    await browser.tells({ id, event: 'clicked' }, { id, event: 'opened' });
    await statusOf(id, 'clicked');
    const read = await browser.reads<InboxReply>('inbox');
    expect(read).toMatchObject({ unread: 0, data: [{ id }] });
    expect(read.data[0]?.readAt).not.toBeNull();
  });

  it('is one message and one event for each thing told, however often it is told', async () => {
    const browser = new SiteBrowser(kairos);
    await browser.asks('inbox');
    const [{ id } = { id: '' }] = (await browser.inbox(1)).data;
    for (let turn = 0; turn < 3; turn += 1) {
      await browser.tells({ id, event: 'dismissed' }, { id, event: 'delivered' });
    }
    await statusOf(id, 'read');
    const events = await kairos.mongo.collections.events
      .find({ 'properties.message_id': id })
      .toArray();
    expect(events.map(({ name }) => name).sort()).toEqual(['Inbox Delivered', 'Inbox Dismissed']);
    expect(await browser.reads<InboxReply>('inbox')).toEqual({ data: [], unread: 0, next: null });
  });

  it('is listed by pages, the latest first', async () => {
    const browser = new SiteBrowser(kairos);
    for (const name of ['One', 'Two', 'Three']) {
      await browser.asks('inbox', name);
      await kairos.until(name, async () => {
        const { data } = await browser.reads<InboxReply>('inbox');
        return data.some(({ content }) => content.title === `${name} waits`) ? true : null;
      });
    }
    const first = await browser.reads<InboxReply>('inbox?limit=2');
    expect(first.data.map(({ content }) => content.title)).toEqual(['Three waits', 'Two waits']);
    expect(first.unread).toBe(3);
    const second = await browser.reads<InboxReply>(`inbox?limit=2&cursor=${first.next ?? ''}`);
    expect(second.data.map(({ content }) => content.title)).toEqual(['One waits']);
    expect(second.next).toBeNull();
  });
});

describe('a message over the page', () => {
  it('is given to the pages it is for until it is closed', async () => {
    const browser = new SiteBrowser(kairos);
    await browser.asks('in-app');
    await browser.asks('widget');
    const at = (page: string): Promise<SiteMessage[]> =>
      browser
        .reads<{ data: SiteMessage[] }>(`messages?page=${encodeURIComponent(page)}`)
        .then(({ data }) => data);
    const both = await kairos.until('both', async () => {
      const found = await at('/p/12');
      return found.length === 2 ? found : null;
    });
    expect((await at('/')).map(({ channel }) => channel)).toEqual(['widget']);
    const inApp = both.find(({ channel }) => channel === 'in-app')?.id ?? '';
    await browser.tells({ id: inApp, event: 'opened' });
    expect(await at('/cart')).toHaveLength(2);
    await browser.tells({ id: inApp, event: 'dismissed' });
    expect((await at('/cart')).map(({ channel }) => channel)).toEqual(['widget']);
  });

  it('reaches the customer in a cascade when the browser says that it was shown', async () => {
    await kairos.publish({
      key: 'shown-or-mailed',
      name: 'Shown or mailed',
      entry: { event: 'Asked', where: { 'properties.by': { is: 'cascade' } } },
      start: 'send',
      steps: {
        send: {
          send: {
            template: 'note',
            cascade: [{ channel: 'in-app', patience: 'PT1H' }, { channel: 'email' }],
            until: 'opened',
          },
          next: { reached: 'yes', exhausted: 'no' },
        },
        yes: { end: 'seen' },
        no: { end: 'unseen' },
      },
    });
    const browser = new SiteBrowser(kairos);
    await browser.asks('cascade');
    const [message] = await kairos.until('the message', async () => {
      const { data } = await browser.reads<{ data: SiteMessage[] }>('messages?page=/cart');
      return data.length > 0 ? data : null;
    });
    await browser.tells({ id: message?.id ?? '', event: 'opened' });
    const run = await kairos.endedRun('shown-or-mailed', `anonymous:${browser.anonymousId}`);
    expect(run.outcome).toBe('seen');
  });
});

describe('a message that nobody has seen', () => {
  it('is taken off when its run ends by an exit', async () => {
    await kairos.publish({
      key: 'until-viewed',
      name: 'Until viewed',
      entry: { event: 'Asked', where: { 'properties.by': { is: 'exit' } } },
      exits: [{ event: 'Cart Viewed' }],
      start: 'send',
      steps: {
        send: { send: { template: 'note', channel: 'inbox' }, next: 'stay' },
        stay: { wait: 'P1D', next: 'leave' },
        leave: { end: 'done' },
      },
    });
    const [seen, unseen] = [new SiteBrowser(kairos), new SiteBrowser(kairos)];
    for (const browser of [seen, unseen]) await browser.asks('exit');
    const [{ id } = { id: '' }] = (await seen.inbox(1)).data;
    await unseen.inbox(1);
    await seen.tells({ id, event: 'opened' });
    for (const browser of [seen, unseen]) {
      await browser.says('track', { event: 'Cart Viewed' });
      await kairos.endedRun('until-viewed', `anonymous:${browser.anonymousId}`);
    }
    await unseen.inbox(0);
    await seen.inbox(1);
  });
});

describe('who may read', () => {
  it('is a visitor by the id that their browser alone knows, and nobody by another one', async () => {
    const browser = new SiteBrowser(kairos);
    await browser.asks('inbox');
    const [{ id } = { id: '' }] = (await browser.inbox(1)).data;
    const stranger = new SiteBrowser(kairos);
    expect(await stranger.reads<InboxReply>('inbox')).toEqual({ data: [], unread: 0, next: null });
    expect(await stranger.tells({ id, event: 'dismissed' })).toEqual({ accepted: 0, ignored: 1 });
    await stranger.asks('widget');
    await kairos.until('the stranger is known', async () => {
      const { data } = await stranger.reads<{ data: unknown[] }>('messages');
      return data.length === 1 ? true : null;
    });
    expect(await stranger.tells({ id, event: 'dismissed' })).toEqual({ accepted: 0, ignored: 1 });
    expect((await browser.reads<InboxReply>('inbox')).data).toHaveLength(1);
  });

  it('is a customer with the token of the shop’s server, and no browser that only says so', async () => {
    const userId = `customer-${randomUUID()}`;
    await kairos.track('identify', { userId, traits: { first_name: 'Olha' } });
    await kairos.track('track', {
      userId,
      event: 'Asked',
      properties: { by: 'inbox', name: 'Tea' },
    });
    const thief = new SiteBrowser(kairos);
    await thief.says('identify', { userId });
    await kairos.until('the claim is applied', async () => {
      const answer = await thief.get('inbox');
      return answer.status === 403 ? true : null;
    });
    const own = new SiteBrowser(kairos);
    own.token = userToken(kairos, userId);
    const { data } = await own.inbox(1);
    expect(data[0]?.content.title).toBe('Tea waits');
    own.token = `${userToken(kairos, userId).slice(0, -4)}AAAA`;
    expect((await own.get('inbox')).status).toBe(401);
  });

  it('is nobody without a key, or with an id that could be guessed', async () => {
    const url = `${kairos.url}/v1/site/inbox`;
    const id = { 'x-kairos-anonymous-id': randomUUID() };
    expect((await fetch(url, { headers: id })).status).toBe(401);
    const guess = { authorization: basic(BROWSER_KEY), 'x-kairos-anonymous-id': '1' };
    expect((await fetch(url, { headers: guess })).status).toBe(400);
  });

  it('is no browser that wrote somebody’s address onto its own profile before the shop spoke of them', async () => {
    const email = `victim-${randomUUID()}@shop.example`;
    const thief = new SiteBrowser(kairos);
    await thief.asks('inbox', 'Bait');
    await thief.inbox(1);
    await thief.says('identify', { traits: { email } });
    // Whoever left their own address in a form goes on reading.
    await thief.inbox(1);
    await kairos.track('track', {
      anonymousId: randomUUID(),
      context: { traits: { email } },
      event: 'Asked',
      properties: { by: 'inbox', name: 'Secret' },
    });
    await kairos.until('the message', async () => {
      const sent = await kairos.messages(`profile=email:${email}&journey=inbox`);
      return sent.length === 2 ? true : null;
    });
    const answer = await thief.get('inbox');
    expect(answer.status).toBe(403);
    expect(await answer.text()).not.toContain('Secret');
    const { anonymousId } = thief;
    await kairos.track('identify', { anonymousId, traits: { email } });
    await kairos.until('the word of the server', async () => {
      const again = await thief.get('inbox');
      return again.status === 200 ? true : null;
    });
  });

  it('keeps what the visitor was sent when they become a customer', async () => {
    const browser = new SiteBrowser(kairos);
    await browser.asks('inbox', 'Cup');
    await browser.inbox(1);
    const userId = `customer-${randomUUID()}`;
    await kairos.track('identify', { userId });
    await browser.says('identify', { userId });
    browser.token = userToken(kairos, userId);
    const { data } = await browser.inbox(1);
    expect(data[0]?.content.title).toBe('Cup waits');
  });
});

describe('the live stream', () => {
  it('tells of a message as it is sent, and of one that was missed', async () => {
    const browser = new SiteBrowser(kairos);
    await browser.asks('inbox', 'First');
    await browser.inbox(1);
    const stream = await SiteEvents.open(kairos, browser);
    await stream.next('ready');
    await browser.asks('inbox', 'Second');
    const told = await stream.next('message');
    expect(told.data).toContain('Second waits');
    stream.close();
    await browser.asks('inbox', 'Third');
    await browser.inbox(3);
    const again = await SiteEvents.open(kairos, browser, told.id);
    const titles: string[] = [];
    for (let event = await again.next(); event.name !== 'ready'; event = await again.next()) {
      titles.push((JSON.parse(event.data) as SiteMessage).content.title as string);
    }
    expect(titles).toContain('Third waits');
    again.close();
  });
});
