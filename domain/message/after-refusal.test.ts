import { describe, expect, it } from '@jest/globals';
import { afterRefusal, type IllProvider } from './after-refusal.ts';

const LINE = ['one', 'two', 'three'];
const all = (): boolean => true;
const ill = (provider: string): IllProvider => ({ provider, isAccount: false });
const stranger = (provider: string): IllProvider => ({ provider, isAccount: true });

describe('a message that an ill provider refused', () => {
  it('goes to each of the others, whoever was first, and then there is a pause', () => {
    for (const [first, second, third] of [LINE, [...LINE].reverse(), ['two', 'one', 'three']]) {
      const [a, b, c] = [ill(first ?? ''), ill(second ?? ''), ill(third ?? '')];
      expect(afterRefusal(a, [], LINE, all)).toEqual({ go: 'elsewhere', ill: [a] });
      expect(afterRefusal(b, [a], LINE, all)).toEqual({ go: 'elsewhere', ill: [a, b] });
      expect(afterRefusal(c, [a, b], LINE, all)).toEqual({ go: 'wait', ill: [] });
    }
  });

  it('waits for one that is left alone just now, and forgets nobody meanwhile', () => {
    const isFree = (name: string): boolean => name === 'one';
    const asked = [ill('one'), ill('two')];
    expect(afterRefusal(ill('two'), [ill('one')], LINE, isFree)).toEqual({
      go: 'wait',
      ill: asked,
    });
    expect(afterRefusal(stranger('one'), [], ['one', 'two'], isFree)).toEqual({
      ...{ go: 'wait', ill: [stranger('one')] },
    });
  });

  it('ends where our account is wrong with all of them, and not with one of them', () => {
    const line = ['one', 'two'];
    expect(afterRefusal(stranger('one'), [], ['one'], all)).toEqual({ go: 'nowhere' });
    expect(afterRefusal(stranger('two'), [stranger('one')], line, all)).toEqual({ go: 'nowhere' });
    expect(afterRefusal(stranger('two'), [ill('one')], line, all)).toEqual({ go: 'wait', ill: [] });
    expect(afterRefusal(ill('two'), [stranger('one')], line, all)).toEqual({ go: 'wait', ill: [] });
  });
});
