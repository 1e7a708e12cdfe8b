import { describe, expect, it } from '@jest/globals';
import { parseBlock, type Block } from './block.ts';
import { blocksIn, BLOCKS_DEEP_MAX, expandBlocks, type Expansion } from './expand-blocks.ts';

function library(texts: Record<string, string>): Map<string, Block> {
  return new Map(
    Object.entries(texts).map(([key, text]) => [
      key,
      parseBlock({ key, languages: { en: { text } } }),
    ]),
  );
}

const expand = (source: string, blocks: Map<string, Block>, language = 'en'): Expansion =>
  expandBlocks(source, { form: 'text', language }, blocks);

describe('expandBlocks', () => {
  it('puts blocks, and blocks within them, where they are named', () => {
    const blocks = library({ footer: "Yours, {%- block 'name' -%}!", name: '{{ context.shop }}' });
    const expanded = expand('Hi. {% block "footer" %} {%block \'name\'%}', blocks);
    expect(expanded.text).toBe('Hi. Yours, {{ context.shop }}! {{ context.shop }}');
    expect([...expanded.used].sort()).toEqual(['footer', 'name']);
    expect(expanded.faults).toEqual([]);
    expect(blocksIn('{% block \'a\' %}{% if x %}{% block "b" %}{% endif %}')).toEqual(['a', 'b']);
  });

  it('refuses a block that holds itself, by whatever way, and says which', () => {
    const blocks = library({ a: "{% block 'b' %}", b: "{% block 'c' %}", c: "{% block 'b' %}" });
    expect(expand("{% block 'a' %}", blocks).faults).toEqual([
      'A block may not hold itself: “b” holds “c” holds “b”.',
    ]);
  });

  it('refuses what is not there, what is nested too deep, and what grows without end', () => {
    expect(expand("{% block 'none' %}", library({})).faults).toEqual([
      expect.stringContaining('There is no block “none”'),
    ]);
    const chain = Object.fromEntries(
      Array.from({ length: BLOCKS_DEEP_MAX + 1 }, (_, i) => [
        `b${String(i)}`,
        `{% block 'b${String(i + 1)}' %}`,
      ]),
    );
    expect(expand("{% block 'b0' %}", library(chain)).faults).toEqual([
      expect.stringContaining('nested'),
    ]);
    const bomb = Object.fromEntries(
      Array.from({ length: 9 }, (_, i) => [
        `b${String(i)}`,
        i === 8 ? 'x'.repeat(100) : `{% block 'b${String(i + 1)}' %}`.repeat(10),
      ]),
    );
    const expanded = expand("{% block 'b0' %}", library(bomb));
    expect(expanded.faults).toEqual([expect.stringContaining('longer than')]);
    expect(expanded.text.length).toBeLessThan(1_000_000);
  });

  it('takes the language of the text, else the first with a warning', () => {
    const block = parseBlock({
      key: 'bye',
      languages: { en: { text: 'Bye', html: '<b>Bye</b>' }, 'pt-BR': { text: 'Tchau' } },
    });
    const blocks = new Map([['bye', block]]);
    expect(expand("{% block 'bye' %}", blocks, 'pt')).toMatchObject({
      text: 'Tchau',
      warnings: [],
    });
    expect(expand("{% block 'bye' %}", blocks, 'ru')).toMatchObject({
      text: 'Bye',
      warnings: ['The block “bye” is not written in “ru”: its “en” stands here.'],
    });
  });

  it('takes the form that its place asks for: MJML may hold HTML, nothing else another', () => {
    const block = parseBlock({ key: 'bye', languages: { en: { html: '<b>Bye</b>' } } });
    const blocks = new Map([['bye', block]]);
    const within = (form: 'mjml' | 'html' | 'text'): Expansion =>
      expandBlocks("{% block 'bye' %}", { form, language: 'en' }, blocks);
    expect(within('mjml').text).toBe('<b>Bye</b>');
    expect(within('html').text).toBe('<b>Bye</b>');
    expect(within('text').faults).toEqual([
      'The block “bye” has no `text` in “en”, which is needed here.',
    ]);
  });
});
