import { describe, expect, it } from '@jest/globals';
import { unknownName } from './known-names.ts';

const seen = {
  attributes: new Set(['shoe_size']),
  properties: new Set(['colour']),
  productAttributes: new Set(['heel_height']),
  pools: new Set(['summer']),
};
const say = (path: string): string | null => unknownName(path.split('.'), seen);

describe('unknownName', () => {
  it('says nothing of what is standard, of what was seen, and of what anything may be', () => {
    for (const path of [
      ...['profile.first_name', 'profile.shoe_size', 'profile.traits.total_spent'],
      ...['profile.traits.spent_by_currency.EUR', 'profile.cart.size', 'profile.cart.[].name'],
      ...['entry.properties.name', 'event.properties.colour', 'event.name', 'entry.key'],
      ...['event.properties.products.[].price', 'context.page.url', 'profile.address.street'],
      ...['links.unsubscribe', 'profile', 'vouchers.summer', 'recommendations.[].price'],
      ...['product.attributes.heel_height', 'cart.[].attributes.heel_height', 'product.attributes'],
      ...['viewed.[].attributes.heel_height', 'recommendations.[].attributes.heel_height'],
      ...['order.products.[].attributes.heel_height', 'order.products.[].name', 'cart.[].total'],
      ...['order.order_id', 'order.colour', 'product.attributes.heel_height.unit'],
    ]) {
      expect([path, say(path)]).toEqual([path, null]);
    }
  });

  it('names the nearest word to one that nobody has', () => {
    expect(say('profile.frist_name')).toBe(
      'Nothing called “frist_name” was seen in profile so far. Did you mean "first_name"?',
    );
    expect(say('profile.shoesize')).toContain('"shoe_size"');
    expect(say('event.properties.color')).toContain('"colour"');
    expect(say('profile.cart.[].pirce')).toContain('in profile.cart so far. Did you mean "price"?');
    expect(say('profile.traits.order_count')).toContain('"orders_count"');
    expect(say('vouchers.sumer')).toContain('"summer"');
    expect(say('profile.traits.total_spend')).toContain('"total_spent"');
    expect(say('context.pag')).toContain('"page"');
    expect(say('entry.propertis.name')).toContain('"properties"');
    expect(say('profile.zzzzzz')).toBe('Nothing called “zzzzzz” was seen in profile so far.');
  });

  it.each([
    ['product.nmae', 'product', 'name'],
    ['product.attributes.heel_hight', 'product.attributes', 'heel_height'],
    ['cart.[].quantitty', 'cart', 'quantity'],
    ['cart.[].attributes.heel_hight', 'cart.attributes', 'heel_height'],
    ['viewed.[].pirce', 'viewed', 'price'],
    ['viewed.[].attributes.heel_hight', 'viewed.attributes', 'heel_height'],
    ['recommendations.[].imgae', 'recommendations', 'image'],
    ['recommendations.[].attributes.heel_hight', 'recommendations.attributes', 'heel_height'],
    ['order.oder_id', 'order', 'order_id'],
    ['order.products.[].brnad', 'order.products', 'brand'],
    ['order.products.[].attributes.heel_hight', 'order.products.attributes', 'heel_height'],
  ])('finds that no product and no order has %s', (path, place, meant) => {
    const word = path.split('.').at(-1) ?? '';
    expect(say(path)).toBe(
      `Nothing called “${word}” was seen in ${place} so far. Did you mean "${meant}"?`,
    );
  });
});
