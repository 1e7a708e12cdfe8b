import { describe, expect, it } from '@jest/globals';
import { STEP_ROOTS } from '#domain/template/template-scope.ts';
import { checkJson, renderJson } from './render-json.ts';

const SCOPE = {
  profile: { points: 12.5, first_name: 'Ann', vip: true, cart: [{ product_id: 'p-1' }] },
  ids: { external: '42' },
};
const render = (value: Parameters<typeof renderJson>[0]) =>
  renderJson(value, SCOPE, { language: 'en', trial: false });

describe('JSON whose texts are Liquid', () => {
  it('keeps the type of what stands alone, and is a text where anything stands beside it', () => {
    const value = {
      points: '{{ profile.points }}',
      more: '{{ profile.points | plus: 1 }}',
      text: '{{ profile.points }} points',
      list: ['{{ profile.vip }}', { cart: '{{ profile.cart }}' }],
      plain: 7,
      nothing: null,
    };
    expect(render(value)).toEqual({
      json: {
        points: 12.5,
        more: 13.5,
        text: '12.5 points',
        list: [true, { cart: [{ product_id: 'p-1' }] }],
        plain: 7,
        nothing: null,
      },
    });
  });

  it('is filled in whole or not at all', () => {
    expect(render({ a: ['{{ profile.tier }}'] })).toEqual({ missing: 'profile.tier' });
    expect(render({ a: 'is {{ profile.tier }}' })).toEqual({ missing: 'profile.tier' });
    expect(render({ a: "{{ profile.tier | default: 'none' }}" })).toEqual({ json: { a: 'none' } });
    expect(render({ a: "{% abort 'no need' %}" })).toEqual({ aborted: 'no need' });
  });

  it('says nothing of what is not the customer’s', () => {
    expect(render('{{ profile.constructor }}')).toEqual({ missing: 'profile.constructor' });
  });

  it('is checked text by text, each at its place', () => {
    const faults = checkJson(
      { 'a/b': ['{{ profile.x }}', '{{ vouchers.summer }}'], c: '{% if %}', d: '{{ ids.run }}' },
      STEP_ROOTS,
    );
    expect(faults.map(({ pointer }) => pointer)).toEqual(['/a~1b/1', '/c']);
  });
});
