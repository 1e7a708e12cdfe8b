import { describe, expect, it } from '@jest/globals';
import type { Channel } from '#domain/message/message.ts';
import { readRichText } from '#domain/site/rich-text.ts';
import { parseTemplate } from '#domain/template/template.ts';
import type { TemplateScope } from '#domain/template/template-scope.ts';
import type { StoredTemplate } from '#platform/documents.ts';
import { checkLiquid } from './check-liquid.ts';
import { compileMjml } from './compile-mjml.ts';
import { deriveText } from './derive-text.ts';
import { htmlEngine, textEngine } from './liquid-engine.ts';
import { prepareTemplate } from './prepare-template.ts';
import { renderMessage, type Rendering } from './render-message.ts';

const scope: TemplateScope = {
  profile: {
    first_name: 'Ann',
    bad: '<b>"x"</b>',
    evil: '[Confirm](https://evil.example)',
    blank: '  ',
    none: null,
    traits: { total_spent: 1234.5 },
  },
  entry: {
    key: 'c1',
    properties: { name: 'Boots', url: 'https://s.example/?a=1&b=2', items: ['a', 'b'] },
  },
  event: { name: 'Product Added', properties: {} },
  context: {},
  links: { unsubscribe: 'https://k.example/u' },
};

interface Ask {
  languages?: Record<string, unknown>;
  channel?: Channel;
  wishes?: (string | null)[];
}

function render({ languages, channel = 'sms', wishes = ['en'] }: Ask): Rendering {
  const template = parseTemplate({ key: 'a', languages });
  const stored: StoredTemplate = {
    _id: 'a',
    template,
    html: {},
    revision: 1,
    createdAt: 0,
    updatedAt: 0,
  };
  return renderMessage({ template: prepareTemplate(stored), channel, languages: wishes, scope });
}

function text(source: string): unknown {
  const rendering = render({ languages: { en: { sms: { text: source } } } });
  return 'content' in rendering && rendering.content.channel === 'sms'
    ? rendering.content.text
    : rendering;
}

describe('renderMessage', () => {
  it('makes no markup of what data says on the shop’s pages', () => {
    const inApp = {
      title: '{{ profile.evil }}',
      body: '**Hello** {{ profile.evil }}{% for one in entry.properties.items %} {{ one }}{% endfor %} {{ profile.evil | upcase }} {{ profile.evil | size }}',
    };
    const rendering = render({ languages: { en: { 'in-app': inApp } }, channel: 'in-app' });
    const content = 'content' in rendering ? rendering.content : null;
    if (content?.channel !== 'in-app') throw new Error('no message');
    expect(content.title).toBe('[Confirm](https://evil.example)');
    expect(readRichText(content.body)).toEqual([
      {
        paragraph: [
          { strong: 'Hello' },
          { text: ' [Confirm](https://evil.example) a b [CONFIRM](HTTPS://EVIL.EXAMPLE) 31' },
        ],
      },
    ]);
  });

  it('escapes what data says in HTML, and only there', () => {
    const email = {
      subject: '{{ profile.bad }}\r\nBcc: x',
      preheader: 'For {{ profile.bad }} & you',
      html: '<html><body class="a"><p>{{ profile.bad }}</p><a href="{{ entry.properties.url }}">Go</a></body></html>',
    };
    const rendering = render({ languages: { en: { email } }, channel: 'email' });
    expect(rendering).toMatchObject({ language: 'en' });
    if (!('content' in rendering) || rendering.content.channel !== 'email')
      throw new Error('no mail');
    const { subject, html, text: plain } = rendering.content;
    expect(subject).toBe('<b>"x"</b> Bcc: x');
    expect(html).toContain('<p>&lt;b&gt;&#34;x&#34;&lt;/b&gt;</p>');
    expect(html).toContain('href="https://s.example/?a=1&amp;b=2"');
    expect(html).toMatch(
      /<body class="a"><div style="display:none[^>]*>For &lt;b&gt;.* &amp; you<\/div>/,
    );
    expect(plain).toBe('<b>"x"</b>\n\nGo [https://s.example/?a=1&b=2]');
  });

  it('sends nothing when a value is empty and has no default', () => {
    expect(text('Hi {{ profile.last_name }}!')).toEqual({ missing: 'profile.last_name' });
    expect(text('Hi {{ profile.blank }}!')).toEqual({ missing: 'profile.blank' });
    expect(text('Hi {{ profile.none | upcase | append: "!" }}')).toEqual({
      missing: 'profile.none',
    });
    expect(text('{{ "Hi " | append: profile.last_name }}')).toMatchObject({ missing: '"Hi "' });
    expect(text('{% if true %}{% echo profile.last_name %}{% endif %}')).toEqual({
      missing: 'profile.last_name',
    });
    expect(text('{% assign x = profile.last_name %}Hi {{ x }}')).toEqual({ missing: 'x' });
    expect(text('{% liquid\n echo profile.last_name %}')).toEqual({ missing: 'profile.last_name' });
    expect(text('Hi {{ profile.last_name | default: profile.nick }}')).toMatchObject({
      missing: 'profile.last_name',
    });
  });

  it('takes the default, after other filters and for blank text as well', () => {
    expect(text("Hi {{ profile.last_name | default: 'you' }}")).toBe('Hi you');
    expect(text("Hi {{ profile.blank | default: 'you' }}")).toBe('Hi you');
    expect(text("Hi {{ profile.last_name | capitalize | default: 'you' }}")).toBe('Hi you');
    expect(text("Hi{{ profile.last_name | default: '' }}!")).toBe('Hi!');
    expect(text('Hi {{ profile.last_name | default: profile.first_name }}')).toBe('Hi Ann');
  });

  it('lets conditions ask for what is absent', () => {
    expect(text('{% if profile.vip %}Dear {{ profile.title }}{% else %}Hi{% endif %}')).toBe('Hi');
    expect(text('{% unless profile.last_name %}Hi{% endunless %}')).toBe('Hi');
    expect(text('{% case profile.tier %}{% when "gold" %}G{% else %}Hi{% endcase %}')).toBe('Hi');
    expect(text('{% if profile.vip %}Hi{% endif %}')).toEqual({ missing: 'text' });
  });

  it('wants a loop over nothing to say something instead', () => {
    expect(
      text('{% for i in entry.properties.items %}{{ i }}{{ forloop.index }},{% endfor %}'),
    ).toBe('a1,b2,');
    expect(text('Yours: {% for i in profile.cart %}{{ i.name }}{% endfor %}')).toEqual({
      missing: 'profile.cart',
    });
    expect(text('Yours: {% for i in profile.cart %}{{ i.name }}{% else %}none{% endfor %}')).toBe(
      'Yours: none',
    );
  });

  it('prints false, zero and money, and never reads what is not data', () => {
    expect(text('{{ 0 }}{{ false }}')).toBe('0false');
    expect(text("{{ profile.traits.total_spent | money: 'USD' }}")).toBe('$1,234.50');
    expect(text("{{ profile.none | money: 'USD' | default: 'free' }}")).toBe('free');
    for (const path of ['constructor.name', '__proto__.x', 'toString', 'first_name.constructor']) {
      expect(text(`{{ profile.${path} }}`)).toMatchObject({ missing: `profile.${path}` });
    }
  });

  it('sends nothing where the template says so, with the template’s own reason', () => {
    expect(text("{% if profile.vip %}Hi{% else %}{% abort 'only for VIPs' %}{% endif %}")).toEqual({
      aborted: 'only for VIPs',
    });
    expect(text("{% for i in entry.properties.items %}{% abort 'sold out' %}{% endfor %}")).toEqual(
      { aborted: 'sold out' },
    );
    expect(text("{% if profile.first_name %}Hi{% else %}{% abort 'no name' %}{% endif %}")).toBe(
      'Hi',
    );
  });

  it('stops endless work in bounded time', () => {
    const started = Date.now();
    const nested =
      '{% for a in (1..900) %}{% for b in (1..900) %}{% for c in (1..900) %}{% endfor %}{% endfor %}{% endfor %}';
    expect(text(nested)).toEqual({ error: 'templateError' });
    expect(text('{% for i in (1..1000000000) %}x{% endfor %}')).toEqual({ error: 'templateError' });
    const doubling = `{% assign s = "ab" %}${'{% assign s = s | append: s %}'.repeat(60)}{{ s }}`;
    expect(text(doubling)).toEqual({ error: 'templateError' });
    expect(Date.now() - started).toBeLessThan(2_000);
  });

  it('stops by the clock as well, however little it has done', () => {
    const languages = { en: { sms: { text: 'a{% for i in (1..900) %}{{ i }}{% endfor %}' } } };
    const stored = { template: parseTemplate({ key: 'a', languages }), html: {}, revision: 1 };
    const within = (renderLimit?: number): Rendering => {
      const template = prepareTemplate(stored);
      const part = template.languages.get('en')?.sms?.text;
      if (part === undefined) throw new Error('it has no text');
      const { options } = part.engine;
      // A fence for the worst case: seconds, and not for ever.
      expect(options.renderLimit).toBeLessThanOrEqual(5_000);
      const value = { ...options, renderLimit };
      if (renderLimit !== undefined) {
        part.engine = Object.create(part.engine, { options: { value } }) as typeof part.engine;
      }
      return renderMessage({ template, channel: 'sms', languages: ['en'], scope });
    };
    expect(within()).toMatchObject({ content: { text: expect.stringMatching(/^a123.*900$/) } });
    expect(within(0)).toEqual({ error: 'templateError' });
  });

  it('speaks the language asked for among those that have the channel', () => {
    const languages = {
      en: { sms: { text: 'Hello' } },
      ru: { sms: { text: 'Привет' } },
      de: { push: { title: 'Hallo', body: 'Da' } },
    };
    expect(render({ languages, wishes: ['ru-RU', 'en'] })).toMatchObject({ language: 'ru' });
    expect(render({ languages, wishes: ['de', 'en'] })).toMatchObject({ language: 'en' });
    expect(render({ languages, wishes: ['de', 'en'], channel: 'push' })).toEqual({
      language: 'de',
      content: { channel: 'push', title: 'Hallo', body: 'Da' },
    });
    expect(render({ languages, channel: 'email' })).toEqual({ noContent: true });
  });
});

describe('checkLiquid', () => {
  it('finds unknown roots, filters, tags and links, and lets loop variables and assignments be', () => {
    const good =
      '{% assign n = 1 %}{% capture c %}x{% endcapture %}{% for i in event.items %}{{ i }}{{ forloop.index }}{% endfor %}{{ n }}{{ c }}{{ links.unsubscribe }}';
    expect(checkLiquid(good, textEngine)).toEqual([]);
    expect(checkLiquid('{{ prfile.name }}', textEngine)).toEqual([
      expect.stringContaining('“prfile” is not known'),
    ]);
    expect(checkLiquid('{{ x }}{% assign x = 1 %}', textEngine)).toHaveLength(1);
    expect(checkLiquid('{% if user %}a{% endif %}', textEngine)).toHaveLength(1);
    expect(checkLiquid('{{ "a" | append: shop.name }}', textEngine)).toHaveLength(1);
    expect(checkLiquid('{{ profile.a | shout }}', textEngine)).toEqual([
      expect.stringContaining('no filter “shout”'),
    ]);
    expect(checkLiquid('{{ profile.a | raw }}', htmlEngine)).toHaveLength(1);
    for (const tag of ['include', 'render', 'layout', 'block', 'shout']) {
      expect(checkLiquid(`{% ${tag} 'x' %}`, textEngine)).toEqual([
        expect.stringContaining(`no tag “${tag}”`),
      ]);
    }
    expect(checkLiquid('{{ links.home }}', textEngine)).toHaveLength(1);
    expect(checkLiquid('{% cycle profile.a, profile.b %}', textEngine)).toHaveLength(1);
    expect(checkLiquid('{% if profile.a %}', textEngine)).toEqual([
      expect.stringContaining('not valid Liquid'),
    ]);
    expect(checkLiquid('{{ profile.a', textEngine)).toHaveLength(1);
  });

  it('refuses endless loops, however they are written, in bounded time', () => {
    const started = Date.now();
    for (const source of [
      '{% for i in (1..1000000000) %}{% endfor %}',
      '{% if profile.x %}{% for i in (1..1000000000) %}x{% endfor %}{% endif %}',
      '{% for a in (1..1000) %}{% for b in (1..1000) %}x{% endfor %}{% endfor %}',
      '{% assign n = 1000000000 %}{% for i in (1..n) %}x{% endfor %}',
      '{% assign n = 3000 %}{% for i in (1..n) %}{% for j in (1..n) %}{% endfor %}{% endfor %}',
      '{% tablerow i in (1..1000000000) %}x{% endtablerow %}',
    ]) {
      expect(checkLiquid(source, textEngine)).toHaveLength(1);
    }
    expect(Date.now() - started).toBeLessThan(2_000);
    expect(checkLiquid('{% for i in (1..5) %}*{% endfor %}', textEngine)).toEqual([]);
  });

  it('refuses deep nesting', () => {
    const deep = '{% if true %}'.repeat(3_000) + 'x' + '{% endif %}'.repeat(3_000);
    expect(checkLiquid(deep, textEngine)).toHaveLength(1);
  });
});

describe('compileMjml', () => {
  const within = (content: string) =>
    `<mjml><mj-body><mj-section><mj-column>${content}</mj-column></mj-section></mj-body></mjml>`;

  it('keeps Liquid in texts, addresses and even colours', async () => {
    const source = within(
      `<mj-text>{{ profile.a | default: "b" }}{% if entry.x < 3 %}y{% endif %}</mj-text>` +
        `<mj-button href="{{ entry.properties.url | default: 'x' }}" background-color="{{ context.colour }}">Go</mj-button>`,
    );
    const compiled = await compileMjml(source);
    const html = 'html' in compiled ? compiled.html : '';
    expect(html).toContain('{{ profile.a | default: "b" }}{% if entry.x < 3 %}y{% endif %}');
    expect(html).toContain(`href="{{ entry.properties.url | default: 'x' }}"`);
    expect(html).toContain('{{ context.colour }}');
    expect(checkLiquid(html, htmlEngine)).toEqual([]);
    expect(checkLiquid(deriveText(html), textEngine)).toEqual([]);
  });

  it('names what is wrong, and Liquid that would be lost', async () => {
    expect(await compileMjml(within('<mj-foo>x</mj-foo>'))).toMatchObject({
      faults: [expect.stringContaining('mj-foo')],
    });
    expect(await compileMjml(within('<mj-text colour="red">x</mj-text>'))).toHaveProperty('faults');
    expect(await compileMjml('hello')).toHaveProperty('faults');
    expect(await compileMjml('<mjml></mjml>')).toHaveProperty('faults');
    expect(await compileMjml(within('<mj-include path="/etc/passwd" />'))).toHaveProperty('faults');
    expect(
      await compileMjml(within('{% if profile.vip %}<mj-text>x</mj-text>{% endif %}')),
    ).toMatchObject({ faults: [expect.stringContaining('{% if profile.vip %}')] });
  });
});
