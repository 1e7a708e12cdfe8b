import { describe, expect, it } from '@jest/globals';
import { MESSAGE_STATUSES } from '#domain/message/message.ts';
import { fillIn, placeholdersOf, poolsShown } from './placeholders.ts';
import { holderOf, settled, VoucherCode } from './voucher.ts';

describe('settled', () => {
  it('gives back only what surely reached nobody', () => {
    const of = (providerId: string | null): Record<string, string[]> => {
      const by: Record<string, string[]> = {};
      for (const status of MESSAGE_STATUSES) {
        (by[settled({ status, providerId }, 0, 1)] ??= []).push(status);
      }
      return by;
    };
    expect(of(null)).toMatchObject({
      reserved: ['deferred', 'sending'],
      free: ['failed', 'suppressed'],
    });
    expect(of('SM1').free).toBeUndefined();
  });

  it('waits a while for the entry of a message that was just begun', () => {
    expect(settled(null, 0, 60_000)).toBe('reserved');
    expect(settled(null, 0, 3_600_000)).toBe('free');
  });

  it('gives nobody a code whose message the ledger may have forgotten by now', () => {
    expect(settled(null, 0, 31 * 86_400_000)).toBe('issued');
  });
});

describe('holderOf', () => {
  it('is one for all channels of a step, and each message’s own elsewhere', () => {
    expect(holderOf('run/step/2/0')).toBe(holderOf('run/step/2/1'));
    expect(holderOf('run/step/2/0')).not.toBe(holderOf('run/step/3/0'));
    expect(holderOf('api-17')).toBe('api-17');
  });
});

describe('VoucherCode', () => {
  it('is what people can type and copy', () => {
    for (const code of ['SUMMER-10', 'a1b2', 'ЛІТО_25', '50%']) {
      expect(VoucherCode.safeParse(code).success).toBe(true);
    }
    for (const code of ['', ' A', 'A B', 'a\n', '-x', 'x'.repeat(101), '{{ x }}']) {
      expect(VoucherCode.safeParse(code).success).toBe(false);
    }
  });
});

describe('placeholders', () => {
  const made = placeholdersOf(['one', 'two'], '42');
  const { one = '', two = '' } = made.scope;

  it('tell which pools a text shows, and take their codes', () => {
    const text = `Use ${one} or ${one}`;
    expect(poolsShown([text], made)).toEqual(['one']);
    expect(fillIn(text, made, new Map([['one', 'A&B']]))).toBe('Use A&B or A&B');
    expect(fillIn(text, made, new Map([['one', 'A&B']]), () => 'A&amp;B')).toContain('A&amp;B');
    expect(fillIn(`$& ${two}`, made, new Map([['two', '$&']]))).toBe('$& $&');
  });

  it('are found in addresses too', () => {
    const link = `https://s.example/?code=${encodeURIComponent(one)}`;
    expect(poolsShown([link], made)).toEqual(['one']);
    expect(fillIn(link, made, new Map([['one', 'A&B']]))).toBe('https://s.example/?code=A%26B');
  });

  it('that were torn apart are found out', () => {
    expect(fillIn(one.slice(0, 3), made, new Map())).toBeNull();
    expect(fillIn('plain', made, new Map())).toBe('plain');
    expect(poolsShown([placeholdersOf(['one'], '7').scope.one ?? ''], made)).toEqual([]);
  });
});
