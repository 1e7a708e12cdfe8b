import { describe, expect, it } from '@jest/globals';
import type { Channel } from '#domain/message/message.ts';
import { JOURNEY_OF_SENDS } from '#domain/sending/ids.ts';
import { parseTemplate, type Template } from '#domain/template/template.ts';
import { readLink } from '#platform/signed-link.ts';
import { findLinks } from '#templates/find-links.ts';
import { prepareTemplate } from '#templates/prepare-template.ts';
import type { SendRequest, SendSettings } from './send-request.ts';
import { trackMessage, type MessageTracking } from './track-message.ts';

const SALE = 'https://shop.example/sale?utm_source=mail';
const SETTINGS = {
  publicUrl: 'https://kairos.shop.example/',
  linkSecret: 'a-secret',
} as SendSettings;

const html = `<html><BODY class="b"><a href="${SALE}">1</a><a href="{{ entry.properties.url }}">2</a></BODY></html>`;
const content = { email: { subject: 's', html }, sms: { text: `See ${SALE}` } };

interface Said {
  channel?: Channel;
  settings?: Partial<SendSettings>;
  request?: Partial<SendRequest>;
  tracking?: Template['tracking'];
  knownHosts?: string[];
  /** Published before links were tracked. */
  isOld?: boolean;
}

function tracking({
  channel = 'email',
  settings,
  request,
  knownHosts = [],
  isOld,
  ...said
}: Said): MessageTracking {
  const template = parseTemplate({ key: 'sale', ...said, languages: { en: content } });
  const links = findLinks(template.languages, { en: html });
  const stored = { template, html: { en: html }, revision: 3, ...(!isOld && { links }) };
  return trackMessage({
    settings: { ...SETTINGS, ...settings },
    request: { messageId: 'run/mail/1/0', channel, ...request } as SendRequest,
    template: prepareTemplate(stored),
    knownHosts,
  });
}

const tokenOf = (address: string | null | undefined): unknown =>
  readLink(['a-secret'], address?.split('/l/')[1] ?? '');

describe('the links of one message', () => {
  it('name the message, the version and the link, and nothing else', () => {
    const { track, links } = tracking({});
    expect(tokenOf(track?.(1, SALE))).toEqual({ click: 'run/mail/1/0', of: 'sale@3', n: '1' });
    expect(links).toEqual([]);
  });

  it('are kept with it where only it says where they lead, each address once', () => {
    const { track, links } = tracking({});
    const [one, two] = ['https://shop.example/1', 'https://shop.example/2'];
    const addresses = [one, two, one].map((url) => track?.(2, url));
    expect(addresses.map(tokenOf)).toMatchObject([{ p: '0' }, { p: '1' }, { p: '0' }]);
    expect(links).toEqual([
      { n: 2, url: one },
      { n: 2, url: two },
    ]);
  });

  it('are no more than a message may hold; the rest lead on directly', () => {
    const { track, links } = tracking({});
    const all = Array.from({ length: 300 }, (_, n) =>
      track?.(2, `https://shop.example/${String(n)}`),
    );
    expect(links).toHaveLength(200);
    expect(all.slice(200)).toEqual(Array(100).fill(null));
  });

  it('stand below the shop’s own domain where it has one', () => {
    const trackingUrl = 'https://click.shop.example/k/';
    expect(tracking({}).track?.(1, SALE)).toMatch(/^https:\/\/kairos\.shop\.example\/l\//);
    const own = tracking({ settings: { trackingUrl } });
    expect(own.track?.(1, SALE)).toMatch(/^https:\/\/click\.shop\.example\/k\/l\//);
  });

  it('lead to the hosts that are allowed, where only the message says where', () => {
    const { track } = tracking({ settings: { linkHosts: ['shop.example'] } });
    expect(track?.(2, 'https://shop.example/1')).toContain('/l/');
    expect(track?.(2, 'https://evil.example/1')).toBeNull();
    // What is written in the template, its marketer has said.
    expect(tracking({ settings: { linkHosts: ['other.example'] } }).track?.(1, SALE)).toContain(
      '/l/',
    );
  });

  it('lead nowhere else where no host is named: an event of anybody says this address', () => {
    const { track, links } = tracking({});
    // The template itself writes this host out.
    expect(track?.(2, 'https://shop.example/1')).toContain('/l/');
    expect(track?.(2, 'https://kairos.shop.example/x')).toContain('/l/');
    for (const url of ['https://evil.example/', 'https://shop.example.evil.example/']) {
      expect(track?.(2, url)).toBeNull();
    }
    expect(links.map(({ url }) => new URL(url).hostname)).toEqual([
      ...['shop.example', 'kairos.shop.example'],
    ]);
    const sold = tracking({ knownHosts: ['goods.example'] });
    expect(sold.track?.(2, 'https://goods.example/1')).toContain('/l/');
    const named = { linkHosts: ['shop.example'] };
    const narrow = tracking({ settings: named, knownHosts: ['goods.example'] });
    expect(narrow.track?.(2, 'https://goods.example/1')).toBeNull();
  });

  it('are none to pages of our own, however their address came into the message', () => {
    const { track } = tracking({ settings: { linkHosts: ['kairos.shop.example'] } });
    for (const page of ['unsubscribe', 'preferences', 'confirm']) {
      expect(track?.(2, `https://kairos.shop.example/v1/${page}/x.y`)).toBeNull();
    }
    expect(track?.(2, 'https://kairos.shop.example/demo')).toContain('/l/');
  });

  it('are kept nowhere where only a message that was asked for by itself says where they lead', () => {
    const request = { journey: JOURNEY_OF_SENDS };
    const settings = { linkHosts: ['shop.example'] };
    const { track, links } = tracking({ request, settings });
    expect(track?.(2, 'https://shop.example/reset?code=secret')).toBeNull();
    // What is written in the template is no secret.
    expect(track?.(1, SALE)).toContain('/l/');
    const sms = { channel: 'sms' as const, tracking: { channels: ['sms' as const] } };
    const texted = tracking({ ...sms, request });
    expect(texted.track?.(3, SALE)).toContain('/s/');
    expect([...links, ...texted.links]).toMatchObject([{ n: 3, url: SALE }]);
  });

  it('are not handed out for a number that is none, or an address with a code to come', () => {
    const { track } = tracking({});
    expect(track?.(99, SALE)).toBeNull();
    expect(track?.(2, 'https://shop.example/?code=\uE0001x0\uE001')).toBeNull();
    expect(track?.(2, 'https://shop.example/?code=%EE%80%801x0%EE%80%81')).toBeNull();
  });

  it('are short and kept in a text message', () => {
    const { track, links } = tracking({ channel: 'sms', tracking: { channels: ['sms'] } });
    const address = track?.(3, SALE);
    expect(address).toMatch(/^https:\/\/kairos\.shop\.example\/s\/[\w-]{12}$/);
    expect(links).toEqual([{ n: 3, url: SALE, code: address?.slice(-12) }]);
    expect(tracking({ channel: 'sms' }).track).toBeUndefined();
  });
});

describe('a mail that is tracked', () => {
  const mail = { channel: 'email' as const, subject: 's', html, text: 't' };
  const dressed = (said: Said) =>
    tracking(said).dress(mail) as typeof mail & { ownTracking?: true };

  it('has the hidden link first and the picture last', () => {
    const { html: body, ownTracking } = dressed({});
    expect(body).toMatch(/<BODY class="b"><a href="[^"]+\/l\/[^"]+" aria-hidden="true"/);
    expect(body).toMatch(/<img src="[^"]+\/o\/[^"]+" width="1" height="1"[^>]*><\/BODY>/);
    expect(ownTracking).toBe(true);
    const bare = tracking({}).dress({ ...mail, html: '<p>Hi</p>' }) as typeof mail;
    expect(bare.html).toMatch(/^<a .*<p>Hi<\/p><img [^>]*>$/);
  });

  it('has what its template and its step want', () => {
    expect(dressed({ tracking: { opens: false } }).html).not.toContain('<img');
    expect(dressed({ tracking: { clicks: false } }).html).not.toContain('aria-hidden');
    for (const off of [{ tracking: false }, { request: { tracking: false } }]) {
      expect(dressed(off)).toEqual({ ...mail, ownTracking: true });
      expect(tracking(off).track).toBeUndefined();
    }
  });

  it('is left to its provider while its template is older than links', () => {
    expect(dressed({ isOld: true })).toEqual(mail);
    expect(tracking({ isOld: true }).track).toBeUndefined();
    // Which would tell of a click with the address that was clicked, secret or not.
    const request = { journey: JOURNEY_OF_SENDS };
    expect(dressed({ isOld: true, request })).toEqual({ ...mail, ownTracking: true });
  });
});
