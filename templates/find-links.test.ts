import { describe, expect, it } from '@jest/globals';
import { findLinks, linksInHtml, linksInText } from './find-links.ts';
import { markLinks } from './mark-links.ts';
import { compileMjml } from './compile-mjml.ts';

const urls = (found: { url: string }[]): string[] => found.map(({ url }) => url);

describe('the links of a mail', () => {
  it('are the addresses of a and area, as they stand there', () => {
    const html =
      '<body><a href="https://shop.example/sale?utm_source=mail&amp;utm_campaign=may">Sale</a>' +
      '<A class=x HREF=\'http://shop.example/new\' name="new">New</A><area href=https://shop.example/map>' +
      '<a data-link="to the cart" href="{{ entry.properties.url }}">Cart</a></body>';
    const found = linksInHtml(html);
    expect(found).toMatchObject([
      { url: 'https://shop.example/sale?utm_source=mail&utm_campaign=may' },
      { url: 'http://shop.example/new', name: 'new' },
      { url: 'https://shop.example/map' },
      { url: '{{ entry.properties.url }}', name: 'to the cart' },
    ]);
    expect(found.map(({ at }) => html.slice(...at))).toEqual([
      'https://shop.example/sale?utm_source=mail&amp;utm_campaign=may',
      'http://shop.example/new',
      'https://shop.example/map',
      '{{ entry.properties.url }}',
    ]);
  });

  it('are found whatever Liquid stands around and within them', () => {
    const html =
      '<a href="{{ profile.url | default: "https://shop.example" }}">a</a>' +
      '<a {% if profile.vip %}class="vip"{% endif %} href="https://shop.example/{{ profile.city | url_encode }}">b</a>' +
      '{% for line in profile.cart %}<a href="https://shop.example/p/{{ line.product_id }}">c</a>{% endfor %}' +
      '<a href="{% if profile.vip %}https://shop.example/vip{% else %}https://shop.example/{% endif %}">d</a>';
    expect(linksInHtml(html)).toHaveLength(4);
  });

  it('are none of our own, nothing that opens no page, and nothing that only looks like one', () => {
    const html =
      '<a href="{{ links.unsubscribe }}">u</a><a href="{{ links[\'preferences\'] }}">p</a><a href="{{ vouchers["summer"] }}">s</a><a href="mailto:a@shop.example">m</a><a href="tel:+38050">t</a>' +
      '<a href="#top">h</a><a href="/cart">r</a><a href="javascript:alert(1)">j</a><a name="top">n</a><a href>e</a>' +
      '<a href="https://shop.example/?code={{ vouchers.summer }}">v</a><img src="https://shop.example/a.png">' +
      '<!-- <a href="https://shop.example/comment">c</a> --><!--[if mso]><a href="https://shop.example/mso">o</a><![endif]-->' +
      '<style>a[href="https://shop.example/style"]{}</style><link href="https://shop.example/x.css">' +
      '<a href="https://shop.example/{% if profile.a %}a">half</a>{% endif %}';
    expect(urls(linksInHtml(html))).toEqual([]);
    expect(linksInHtml('{% raw %}<a href="https://shop.example">a</a>{% endraw %}')).toEqual([]);
  });

  it('are found in what MJML makes of it', async () => {
    const compiled = await compileMjml(
      '<mjml><mj-body><mj-section><mj-column><mj-button name="go" href="https://shop.example/?a=1&amp;b=2">Go</mj-button><mj-image src="https://shop.example/a.png" href="{{ entry.properties.url }}" /></mj-column></mj-section></mj-body></mjml>',
    );
    expect('html' in compiled ? linksInHtml(compiled.html) : compiled).toMatchObject([
      { url: 'https://shop.example/?a=1&b=2', name: 'go' },
      { url: '{{ entry.properties.url }}' },
    ]);
  });
});

describe('the links of a plain text', () => {
  it('are addresses written out, and outputs that are called links', () => {
    const text =
      'Hi {{ profile.first_name }}, see https://shop.example/{{ entry.properties.id }}?a=b. Or {{ entry.properties.url }}! (http://shop.example/x)';
    const found = linksInText(text);
    expect(urls(found)).toEqual([
      'https://shop.example/{{ entry.properties.id }}?a=b',
      '{{ entry.properties.url }}',
      'http://shop.example/x',
    ]);
    expect(found.map(({ at }) => text.slice(...at))).toEqual(urls(found));
    expect(linksInText('Bye {{ links.unsubscribe }} {{ profile.city }}')).toEqual([]);
  });
});

describe('the links of a version', () => {
  it('are numbered over all its languages and channels', () => {
    const content = (url: string) => ({
      email: { subject: 's', html: `<a href="${url}">a</a>` },
      sms: { text: `See ${url}` },
      push: { title: 't', body: 'b', link: url },
      viber: { text: 'v', button: { title: 'Open', link: url } },
    });
    const languages = {
      en: content('https://shop.example/en'),
      uk: content('https://shop.example/uk'),
    };
    const html = { en: languages.en.email.html, uk: languages.uk.email.html };
    const found = findLinks(languages, html);
    expect(found.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(found.map(({ channel, part }) => `${channel} ${part}`).slice(0, 4)).toEqual([
      'email html',
      'sms text',
      'push link',
      'viber button',
    ]);
    expect(found.slice(0, 4).every(({ language }) => language === 'en')).toBe(true);
  });

  it('are marked where they stand', () => {
    const html = '<a href="https://a.example">1</a> <a href=\'{{ x }}\'>2</a>';
    const numbered = linksInHtml(html).map((link, index) => ({ ...link, number: index + 1 }));
    expect(markLinks(html, numbered)).toBe(
      '<a href="{% kairos_link 1 %}https://a.example{% endkairos_link %}">1</a> ' +
        "<a href='{% kairos_link 2 %}{{ x }}{% endkairos_link %}'>2</a>",
    );
  });
});
