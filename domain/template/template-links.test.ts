import { describe, expect, it } from '@jest/globals';
import {
  hostsToLeadTo,
  hostsWrittenIn,
  isHostAllowed,
  isPersonal,
  isWebAddress,
  Tracking,
  trackedOf,
} from '#domain/template/template-links.ts';

const ALL = { opens: true, clicks: true };
const NONE = { opens: false, clicks: false };

describe('what is tracked of a message', () => {
  it('are openings and clicks of mails, where nothing is said', () => {
    expect(trackedOf(undefined, undefined, 'email')).toEqual(ALL);
    expect(trackedOf(true, true, 'email')).toEqual(ALL);
    expect(trackedOf(undefined, undefined, 'sms')).toEqual(NONE);
  });

  it('is nothing where its template or its step says so', () => {
    expect(trackedOf(false, undefined, 'email')).toEqual(NONE);
    expect(trackedOf(true, false, 'email')).toEqual(NONE);
    expect(trackedOf(false, true, 'email')).toEqual(NONE);
  });

  it('may be the clicks alone, and those of other channels', () => {
    expect(trackedOf({ opens: false }, undefined, 'email')).toEqual({ opens: false, clicks: true });
    expect(trackedOf({ clicks: false }, undefined, 'email')).toEqual({
      opens: true,
      clicks: false,
    });
    const wide = { channels: ['email' as const, 'sms' as const] };
    expect(trackedOf(wide, undefined, 'sms')).toEqual({ opens: false, clicks: true });
    expect(trackedOf({ channels: ['sms'] }, undefined, 'email').clicks).toBe(false);
  });

  it('is said in words that are known', () => {
    expect(Tracking.safeParse({ opens: false }).success).toBe(true);
    for (const wrong of ['no', { open: false }, { channels: ['fax'] }, { channels: ['inbox'] }]) {
      expect(Tracking.safeParse(wrong).success).toBe(false);
    }
  });
});

describe('where a link may lead', () => {
  it('is an address of the web, and nothing else', () => {
    for (const url of ['https://shop.example', 'http://shop.example/a?b=c&utm_source=mail#d']) {
      expect(isWebAddress(url)).toBe(true);
    }
    const others = [
      'javascript:alert(1)',
      'data:text/html,x',
      'mailto:a@shop.example',
      '//shop.example',
      '/cart',
      'https://',
      'https://shop.example/a b',
      'https://shop.example/\r\nSet-Cookie: a=b',
      'https:\\\\evil.example',
      `https://shop.example/${'x'.repeat(3_000)}`,
    ];
    for (const url of others) expect(isWebAddress(url)).toBe(false);
  });

  it('is one of the hosts that are allowed', () => {
    const hosts = ['shop.example', '*.brand.example'];
    expect(isHostAllowed('https://anything.example/x', [])).toBe(false);
    expect(isHostAllowed('https://shop.example/x', hosts)).toBe(true);
    expect(isHostAllowed('https://SHOP.example/x', hosts)).toBe(true);
    expect(isHostAllowed('https://www.brand.example/x', hosts)).toBe(true);
    const strangers = [
      'https://evil.example/shop.example',
      'https://shop.example.evil.example',
      'https://shop.example@evil.example',
      'https://evilbrand.example',
      'nowhere',
    ];
    for (const url of strangers) expect(isHostAllowed(url, hosts)).toBe(false);
  });

  it('is where somebody has named, else where the shop itself has written out', () => {
    expect(hostsToLeadTo(['named.example'], ['shop.example'])).toEqual(['named.example']);
    expect(hostsToLeadTo([], ['shop.example'])).toEqual(['shop.example']);
    const urls = [
      'https://shop.example/sale',
      'HTTP://user@WWW.shop.example:8080?a=b',
      '{% if profile.vip %}https://vip.example/{% else %}https://shop.example/{% endif %}',
      '{{ entry.properties.url | default: "https://fallback.example" }}',
    ];
    expect(hostsWrittenIn(urls)).toEqual([
      ...['shop.example', 'www.shop.example', 'vip.example', 'fallback.example'],
    ]);
    // A message says the end of these, and with it whose they are.
    const open = ['https://{{ profile.host }}/x', 'https://shop.{{ profile.end }}/x', '{{ a }}'];
    expect(hostsWrittenIn(open)).toEqual([]);
  });

  it('is said by each message where the link holds Liquid', () => {
    expect(isPersonal({ url: '{{ entry.properties.url }}' })).toBe(true);
    expect(isPersonal({ url: 'https://shop.example/{% if a %}b{% endif %}' })).toBe(true);
    expect(isPersonal({ url: 'https://shop.example/sale' })).toBe(false);
  });
});
