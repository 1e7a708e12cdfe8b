import { describe, expect, it } from '@jest/globals';
import type { Block } from './block.ts';
import { blocksOfTemplate, expandTemplate } from './expand-template.ts';
import { parseTemplate } from './template.ts';

const template = parseTemplate({
  key: 'cart',
  languages: {
    en: {
      sms: { text: "{% block 'greeting' %}!" },
      viber: {
        text: 'Still there',
        button: { title: "{% block 'greeting' %}", link: "https://s.example/{% block 'gone' %}" },
      },
    },
  },
});
const greeting: Block = { key: 'greeting', languages: { en: { text: 'Hello' } } };

describe('the blocks of a template', () => {
  it('are found and put in wherever a channel has a text, in a button too', () => {
    expect(blocksOfTemplate(template)).toEqual(['greeting', 'gone']);
    const { languages, used } = expandTemplate(template, new Map([['greeting', greeting]]));
    expect(used).toEqual(['greeting']);
    expect(languages.en).toEqual({
      sms: { text: 'Hello!' },
      viber: {
        text: 'Still there',
        button: { title: 'Hello', link: "https://s.example/{% block 'gone' %}" },
      },
    });
  });

  it('are missed at their very place', () => {
    const { faults } = expandTemplate(template, new Map([['greeting', greeting]]));
    expect(faults).toMatchObject([{ pointer: '#/languages/en/viber/button/link' }]);
  });
});
