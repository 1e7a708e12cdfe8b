import { describe, expect, it } from '@jest/globals';
import { machineMark, TRAP_LINK, type Look } from '#domain/message/machine-look.ts';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Mobile/15E148 Safari/604.1';
const GMAIL =
  'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)';
const YAHOO = 'YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html';

/** Browsers and mail programs of people, as they name themselves. */
const PEOPLE = [
  IPHONE,
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 Edg/124.0.0.0',
  'Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0',
  'Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.10.1',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)',
  'Mozilla/4.0 (compatible; ms-office; MSOffice 16)',
  'Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; Microsoft Outlook 16.0.17328; ms-office; MSOffice 16)',
  'Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 13; Pixel 7 Build/TQ3A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0.0.0 Mobile Safari/537.36',
];

/** Programs that follow links and fetch pictures for nobody who looks. */
const SCANNERS = [
  '',
  'curl/8.4.0',
  'Wget/1.21.3',
  'python-requests/2.31.0',
  'Python/3.11 aiohttp/3.9.1',
  'Go-http-client/1.1',
  'Java/1.8.0_392',
  'Apache-HttpClient/4.5.14 (Java/17.0.9)',
  'okhttp/4.12.0',
  'Barracuda Sentinel (EE)',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
  'Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b',
  'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/119.0.6045.105 Safari/537.36',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'TelegramBot (like TwitterBot)',
  'WhatsApp/2.23.20.0',
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'Microsoft Office Protocol Discovery',
];

function look(more: Partial<Look> = {}): Look {
  return {
    ...{ what: 'click', method: 'GET', agent: IPHONE, purpose: '', ip: '203.0.113.9' },
    ...{ sinceSentMs: 3_600_000, link: 1, earlier: [] },
    ...more,
  };
}
const open = (more: Partial<Look> = {}): Look => look({ what: 'open', link: 0, ...more });

describe('a look at a message', () => {
  it.each(PEOPLE)('is a person’s by %s', (agent) => {
    expect(machineMark(look({ agent }))).toBeNull();
    expect(machineMark(open({ agent }))).toBeNull();
  });

  it.each(SCANNERS)('is a scanner’s by “%s”', (agent) => {
    expect(machineMark(look({ agent }))).toBe('scanner');
    expect(machineMark(open({ agent }))).toBe('scanner');
  });

  it('is a machine’s where only the headers are asked for, or something is fetched ahead', () => {
    expect(machineMark(look({ method: 'HEAD' }))).toBe('prefetch');
    expect(machineMark(open({ method: 'HEAD' }))).toBe('prefetch');
    expect(machineMark(look({ purpose: 'prefetch;prerender' }))).toBe('prefetch');
    expect(machineMark(look({ purpose: 'preview' }))).toBe('prefetch');
  });
});

describe('a picture', () => {
  it('is fetched by Apple’s proxy whether or not anybody looks', () => {
    expect(machineMark(open({ agent: 'Mozilla/5.0' }))).toBe('privacyProxy');
    expect(machineMark(open({ ip: '17.58.97.12' }))).toBe('privacyProxy');
    expect(machineMark(open({ ip: '::ffff:17.58.97.12' }))).toBe('privacyProxy');
    expect(machineMark(open({ ip: '172.17.0.1' }))).toBeNull();
    expect(machineMark(open({ ip: null }))).toBeNull();
  });

  it.each([GMAIL, YAHOO])('is a person’s opening by %s, but not as the mail comes in', (agent) => {
    expect(machineMark(open({ agent, sinceSentMs: 2_000 }))).toBe('privacyProxy');
    expect(machineMark(open({ agent, sinceSentMs: 60_000 }))).toBeNull();
    expect(machineMark(open({ agent, sinceSentMs: null }))).toBeNull();
  });

  it('may be opened by a person at once', () => {
    expect(machineMark(open({ sinceSentMs: 500 }))).toBeNull();
  });

  it('is opened by the gateway that has just followed the hidden link', () => {
    expect(machineMark(open({ earlier: [{ link: TRAP_LINK, agoMs: 900 }] }))).toBe('trap');
    expect(machineMark(open({ earlier: [{ link: TRAP_LINK, agoMs: 300_000 }] }))).toBeNull();
    // Who has followed a link that can be seen and looks again is a person.
    expect(machineMark(open({ earlier: [{ link: 1, agoMs: 900 }] }))).toBeNull();
  });
});

describe('a click', () => {
  it('of a browser that says nothing of itself is a scanner’s', () => {
    expect(machineMark(look({ agent: 'Mozilla/5.0' }))).toBe('scanner');
  });

  it('on the link that nobody sees is a machine’s, and so are those around it', () => {
    expect(machineMark(look({ link: TRAP_LINK }))).toBe('trap');
    expect(machineMark(look({ earlier: [{ link: TRAP_LINK, agoMs: 900 }] }))).toBe('trap');
    // The gateway looked when the mail came; this is its reader.
    expect(machineMark(look({ earlier: [{ link: TRAP_LINK, agoMs: 300_000 }] }))).toBeNull();
  });

  it('is a machine’s before anybody can have read the mail, whatever it calls itself', () => {
    expect(machineMark(look({ sinceSentMs: 2_000 }))).toBe('ahead');
    expect(machineMark(look({ sinceSentMs: 60_000 }))).toBeNull();
    expect(machineMark(look({ sinceSentMs: null }))).toBeNull();
  });

  it('is one of a machine’s where all links are followed within seconds', () => {
    const both = [
      { link: 2, agoMs: 400 },
      { link: 3, agoMs: 900 },
    ];
    expect(machineMark(look({ earlier: both }))).toBe('burst');
    expect(machineMark(look({ earlier: both.slice(1) }))).toBeNull();
    // Twice the same link, or one after the other as somebody reads, is what people do.
    const same = [1, 1, 1, 2].map((link) => ({ link, agoMs: 800 }));
    expect(machineMark(look({ earlier: same }))).toBeNull();
    const slowly = [2, 3, 4, 5].map((link) => ({ link, agoMs: link * 20_000 }));
    expect(machineMark(look({ earlier: slowly }))).toBeNull();
  });
});
