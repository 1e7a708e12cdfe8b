import { describe, expect, it } from '@jest/globals';
import { unknownName } from './known-names.ts';

const seen = {
  attributes: new Set(['shoe_size']),
  properties: new Set(['colour']),
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
    expect(say('profile.zzzzzz')).toBe('Nothing called “zzzzzz” was seen in profile so far.');
  });
});
