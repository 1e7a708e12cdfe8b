import { describe, expect, it } from '@jest/globals';
import { Liquid, Output } from 'liquidjs';
import { htmlEngine } from './liquid-engine.ts';
import { requireValues } from './required-values.ts';

const scope = {
  person: {
    name: 'Ann <3',
    none: null,
    zero: 0,
    size: 'L',
    toString: 'mine',
    deep: { er: [1, 2] },
  },
  list: [{ name: 'boots' }, { name: 'socks' }],
  text: 'words',
  none: null,
};

const PATHS = [
  ...['person.name', 'person.none.more', 'person.zero', 'person.size', 'person.toString'],
  ...['person.deep.er', 'person.deep.er.size', 'person.deep.er.last', 'person.constructor.name'],
  ...['person.__proto__', 'person.hasOwnProperty', 'list.size', 'list.first.name', 'list[1].name'],
  ...['list.last', 'text.size', 'text.length', 'none', 'nobody', 'nobody.at.all', 'constructor'],
  ...['person["name"]', 'person[text]', 'list.map', "person['deep'].er[0]", 'text', 'item.name'],
];
const FILTERS = ['', '| upcase', '| append: text', '| size', '| join: "-"', '| upcase | downcase'];

function rendered(engine: Liquid, source: string, asOurs: boolean): string {
  const templates = engine.parse(source);
  if (asOurs) requireValues(templates, engine);
  try {
    return String(engine.renderSync(templates, structuredClone(scope)));
  } catch (error) {
    return error instanceof Error ? error.name : 'thrown';
  }
}

describe('an output read directly', () => {
  const plain = new Liquid({ ownPropertyOnly: true, outputEscape: 'escape' });

  it.each(PATHS)('of %s is what Liquid itself prints', (path) => {
    for (const filter of FILTERS) {
      const source = `{% for item in list %}{{ ${path} ${filter} | default: '' }};{% endfor %}`;
      expect(rendered(htmlEngine, source, true)).toBe(rendered(plain, source, false));
    }
  });

  it('does without the steps of Liquid where there is nothing to wait for', () => {
    const [output] = htmlEngine.parse('{{ person.name }}');
    if (!(output instanceof Output)) throw new Error('an output was parsed');
    requireValues([output], htmlEngine);
    const { initial } = output.value;
    const context = { findScope: () => scope, readProperty: (_: object, name: string) => name };
    expect(initial.evaluate(context as never)).toBe('name');
  });
});
