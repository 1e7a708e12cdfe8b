import { describe, expect, it } from '@jest/globals';
import type { Channel } from '#domain/message/message.ts';
import { parseTemplate } from '#domain/template/template.ts';
import { templateScope } from '#domain/template/template-scope.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import { checkLiquid } from './check-liquid.ts';
import { findLinks } from './find-links.ts';
import { htmlEngine, textEngine } from './liquid-engine.ts';
import type { TrackLink } from './mark-links.ts';
import { prepareTemplate } from './prepare-template.ts';
import { renderMessage } from './render-message.ts';

const URL_SAID = 'https://shop.example/cart?id=1&utm_source=mail&name="x"';

/** Renders the English content for somebody whose cart has two lines. */
function rendered(content: Record<string, unknown>, channel: Channel, track?: TrackLink) {
  const template = parseTemplate({ key: 'links', languages: { en: content } });
  const html = { en: template.languages.en?.email?.html ?? '' };
  const links = findLinks(template.languages, html);
  const prepared = prepareTemplate({ template, html, links, revision: 1 });
  const profile = { ...newProfile('p1', 0, 0), attributes: { cart_url: URL_SAID } };
  const properties = { url: URL_SAID, mail: 'mailto:a@shop.example', items: ['a', 'b'] };
  const entry = { kind: 'api', id: 'e', at: 0, event: null, properties } as const;
  const unsubscribe = 'https://kairos.example/v1/unsubscribe/x';
  const scope = templateScope({
    ...{ profile, entry, entryKey: null, currency: 'USD', links: { unsubscribe } },
  });
  const rendering = renderMessage({ template: prepared, channel, languages: ['en'], scope, track });
  if (!('content' in rendering)) throw new Error(JSON.stringify(rendering));
  return rendering.content;
}

/** Hands out `#1`, `#2` … and keeps what they lead to. */
function keeping(): { track: TrackLink; asked: [number, string][] } {
  const asked: [number, string][] = [];
  return { asked, track: (number, url) => `#${String(asked.push([number, url]))}` };
}

const MAIL = {
  email: {
    subject: 's',
    html:
      '<a href="https://shop.example/?a=1&amp;utm_source=mail">literal</a><a href="{{ entry.properties.url }}">said</a>' +
      '{% for item in entry.properties.items %}<a href="https://shop.example/p/{{ item }}">each</a>{% endfor %}' +
      '<a href="{{ entry.properties.mail }}">mail</a><a href="{{ links.unsubscribe }}">leave</a>',
  },
};

describe('the links of a message', () => {
  it('are each handed out with where it leads, Liquid resolved and nothing lost', () => {
    const { track, asked } = keeping();
    const content = rendered(MAIL, 'email', track);
    expect(asked).toEqual([
      [1, 'https://shop.example/?a=1&utm_source=mail'],
      [2, URL_SAID],
      [3, 'https://shop.example/p/a'],
      [3, 'https://shop.example/p/b'],
    ]);
    const { html, text } = content as { html: string; text: string };
    expect([...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual([
      ...['#1', '#2', '#3', '#4'],
      ...['mailto:a@shop.example', 'https://kairos.example/v1/unsubscribe/x'],
    ]);
    // Whoever reads the text part sees where a link leads.
    expect(text).toContain('https://shop.example/?a=1&utm_source=mail');
    expect(text).not.toContain('kairos_link');
  });

  it('lead on directly where none is handed out', () => {
    const direct = rendered(MAIL, 'email');
    expect(rendered(MAIL, 'email', () => null)).toEqual(direct);
    expect((direct as { html: string }).html).toContain('?a=1&amp;utm_source=mail"');
  });

  it('are those of texts, buttons and taps as well', () => {
    const { track, asked } = keeping();
    const link = '{{ entry.properties.url }}';
    const content = {
      sms: { text: `Your cart: ${link}. Bye` },
      push: { title: 't', body: 'b', link },
      viber: { text: 'See https://shop.example/sale!', button: { title: 'Open', link } },
    };
    expect(rendered(content, 'sms', track)).toMatchObject({ text: 'Your cart: #1. Bye' });
    expect(rendered(content, 'push', track)).toMatchObject({ link: '#2' });
    expect(rendered(content, 'viber', track)).toMatchObject({
      text: 'See #3!',
      button: { link: '#4' },
    });
    expect(asked.map(([number]) => number)).toEqual([1, 2, 3, 4]);
  });

  it('are marked by nobody else: marketers have no such tag', () => {
    const source = '{% kairos_link 1 %}https://shop.example{% endkairos_link %}';
    for (const engine of [htmlEngine, textEngine]) {
      expect(checkLiquid(source, engine)).toEqual([
        expect.stringContaining('There is no tag “kairos_link”'),
      ]);
    }
  });
});
