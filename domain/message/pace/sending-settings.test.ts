import { describe, expect, it } from '@jest/globals';
import { domainOf, lineOf } from './mailbox-providers.ts';
import { SendingSettings } from './sending-settings.ts';

const plan = { provider: 'smtp', startsOn: '2026-11-23', perDay: [50] };

describe('settings of sending', () => {
  it('say what is wrong with them, and where', () => {
    const wrong: [object, string, RegExp][] = [
      [{ warmUp: [{ ...plan, startsOn: '23.11.2026' }] }, 'warmUp.0.startsOn', /2026-11-30/],
      [{ warmUp: [{ ...plan, startsOn: '2026-02-30' }] }, 'warmUp.0.startsOn', /2026-11-30/],
      [{ warmUp: [{ ...plan, zone: 'Berlin' }] }, 'warmUp.0.zone', /IANA/],
      [{ warmUp: [{ ...plan, perDay: [] }] }, 'warmUp.0.perDay', /./],
      [{ warmUp: [plan, plan] }, 'warmUp.1.provider', /plan already/],
      [{ domains: { 'Gmail.com': { perMinute: 1 } } }, 'domains.Gmail.com', /small letters/],
      [{ domains: { gmail: { perMinute: 1 } } }, 'domains.gmail', /gmail\.com/],
      [{ domains: { 'a@gmail.com': { perMinute: 1 } } }, 'domains.a@gmail.com', /domain/],
      [{ domains: { 'gmail.com': {} } }, 'domains.gmail.com', /perMinute/],
      [{ domains: { 'gmail.com': { perMinute: 0 } } }, 'domains.gmail.com.perMinute', /./],
      [
        { domains: { 'gmail.com': { perMinute: 1 }, 'googlemail.com': { perMinute: 1 } } },
        ...(['domains.googlemail.com', /one line means both/] as const),
      ],
      [{ domain: {} }, '', /domain/],
    ];
    for (const [input, path, words] of wrong) {
      const { error } = SendingSettings.safeParse(input);
      expect(error?.issues.map((issue) => issue.path.join('.'))).toContain(path);
      expect(error?.issues.map(({ message }) => message).join(' ')).toMatch(words);
    }
  });

  it('refuse a plan that never ends', () => {
    const perDay = { first: 1, factor: 1.01, until: 1_000_000 };
    expect(SendingSettings.safeParse({ warmUp: [{ ...plan, perDay }] }).success).toBe(false);
    const soon = { first: 50, factor: 2, until: 20_000 };
    expect(SendingSettings.safeParse({ warmUp: [{ ...plan, perDay: soon }] }).success).toBe(true);
  });
});

describe('a domain', () => {
  it('is meant by the line of its mailbox provider, whichever of its domains that names', () => {
    const lines = ['googlemail.com', 'hotmail.com', 'shop.example', '*'];
    const named = ['gmail.com', 'live.com', 'outlook.com', 'shop.example', 'yahoo.com'];
    expect(named.map((domain) => lineOf(lines, domain))).toEqual([
      ...['googlemail.com', 'hotmail.com', 'hotmail.com', 'shop.example', '*'],
    ]);
    expect(lineOf(['gmail.com'], 'yahoo.com')).toBeNull();
    expect(domainOf('"odd@name"@Gmail.COM')).toBe('gmail.com');
  });
});
