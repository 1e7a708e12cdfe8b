import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TemplateLink } from '#domain/template/template-links.ts';
import type { OutboundRules } from '#platform/outbound-address.ts';
import { createPostWebhook } from '#webhooks/post-webhook.ts';
import { checkLinks, type CallLink } from './check-links.ts';

/** A shop's pages: what is asked for by its path is answered with the status that it names. */
let shop: Server;
let url: string;
let asked: string[] = [];
let under = 0;
let most = 0;

beforeAll(async () => {
  shop = createServer((request, response) => {
    const { method = '', url: path = '' } = request;
    asked.push(`${method} ${path}`);
    under += 1;
    most = Math.max(most, under);
    setImmediate(() => {
      under -= 1;
      const knowsHead = !path.startsWith('/no-head');
      const status = method === 'HEAD' && !knowsHead ? 405 : Number(path.split('-').at(-1));
      response.writeHead(status, status === 301 ? { location: '/gone-404' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${String((shop.address() as AddressInfo).port)}`;
});
afterAll(() => {
  shop.closeAllConnections();
  shop.close();
});
beforeEach(() => {
  asked = [];
  most = 0;
});

function caller(changes: Partial<OutboundRules> = {}): CallLink {
  const rules = { allowsHttp: true, allowsPrivate: true, purpose: 'which is no page', ...changes };
  const post = createPostWebhook(rules, Date.now);
  return (call) => {
    // What look-ups of names say, on a machine that may have no net.
    const fault = LOOKED_UP[new URL(call.url).hostname];
    if (fault !== undefined) return Promise.resolve({ status: null, fault });
    return post({ ...call, body: '', headers: {} });
  };
}

const LOOKED_UP: Record<string, string> = {
  'no-such-shop.example': 'ENOTFOUND',
  'perhaps.example': 'EAI_AGAIN',
};

const templateOf = (...links: (Partial<TemplateLink> & { url: string })[]) => ({
  links: new Map(
    links.map((link, index) => {
      const at: TemplateLink['at'] = [0, 0];
      const place = { number: index + 1, language: 'en', channel: 'email', part: 'html', at };
      return [index + 1, { ...place, ...link } as TemplateLink] as const;
    }),
  ),
});

const MADE = {
  email: { made: 90, suppressed: 0, byLanguage: { en: 70, de: 20 } },
  sms: { made: 8, suppressed: 2, byLanguage: { en: 8 } },
};

describe('checkLinks', () => {
  it('finds pages that are gone and hosts that never were, in every message that leads there', async () => {
    const gone = `${url}/gone-404`;
    const { links, findings } = await checkLinks(
      templateOf(
        { url: `${url}/there-200` },
        { url: gone },
        { url: gone },
        { url: gone, language: 'de' },
        { url: gone, channel: 'sms' },
        { url: `${url}/no-head-410` },
        { url: 'https://no-such-shop.example/x' },
      ),
      caller(),
      MADE,
    );
    const [page, host] = ['leads to no page', 'leads to a host that does not exist'];
    const dead = { rule: 'deadLink', channel: 'email', language: 'en', messages: 70, examples: [] };
    expect(findings).toEqual([
      { ...dead, detail: `“${gone}” ${page} (404).` },
      { ...dead, detail: `“${gone}” ${page} (404).`, language: 'de', messages: 20 },
      { ...dead, detail: `“${gone}” ${page} (404).`, channel: 'sms', messages: 8 },
      { ...dead, detail: `“${url}/no-head-410” ${page} (410).` },
      { ...dead, detail: `“https://no-such-shop.example/x” ${host}.` },
    ]);
    expect(links).toEqual({ checked: 4, unanswered: 0, left: 0 });
    // Each once, whatever it stands in.
    expect(asked.sort()).toEqual([
      'GET /no-head-410',
      'HEAD /gone-404',
      'HEAD /no-head-410',
      'HEAD /there-200',
    ]);
  });

  it('takes no failure, no closed door and no way on for a dead link', async () => {
    const paths = ['broken-500', 'locked-401', 'busy-429', 'moved-301', 'no-head-200'];
    const { links, findings } = await checkLinks(
      templateOf(...paths.map((path) => ({ url: `${url}/${path}` })), {
        url: 'https://perhaps.example',
      }),
      caller(),
      MADE,
    );
    expect(findings).toEqual([]);
    expect(links).toEqual({ checked: 5, unanswered: 1, left: 0 });
    // Where it leads on to is not asked.
    expect(asked).not.toContain('HEAD /gone-404');
  });

  it('calls nothing that Liquid completes, and nothing where only Kairos can reach', async () => {
    const personal = { url: `${url}/cart-404?id={{ entry.properties.cart_id }}` };
    const own = { url: `${url}/secret-404` };
    const byName = { url: own.url.replace('127.0.0.1', 'localhost') };
    const outside = caller({ allowsPrivate: false });
    const { links, findings } = await checkLinks(templateOf(personal, own, byName), outside, MADE);
    expect(asked).toEqual([]);
    expect(findings).toEqual([]);
    expect(links).toEqual({ checked: 0, unanswered: 2, left: 0 });
  });

  it('calls at most fifty, eight at a time, and says how many it left', async () => {
    const many = Array.from({ length: 60 }, (_, n) => ({ url: `${url}/${String(n)}-200` }));
    const { links } = await checkLinks(templateOf(...many), caller(), MADE);
    expect(links).toEqual({ checked: 50, unanswered: 0, left: 10 });
    expect(asked).toHaveLength(50);
    expect(most).toBeLessThanOrEqual(8);
  });
});
