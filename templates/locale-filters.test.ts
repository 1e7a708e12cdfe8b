import { describe, expect, it } from '@jest/globals';
import { checkLiquid } from './check-liquid.ts';
import { textEngine } from './liquid-engine.ts';

const scope = {
  price: 1234.5,
  at: '2026-11-22T22:30:00.000Z',
  day: '2026-11-27',
  words: ['boots', ' ', 'socks', 'a hat'],
};

function write(source: string, language = 'en', zone = 'Europe/Kyiv'): string {
  const globals = { language, trial: false, zone, currency: 'UAH' };
  // Intl joins numbers and units by spaces of several kinds.
  return String(textEngine.parseAndRenderSync(source, scope, { globals })).replace(/\s/g, ' ');
}

describe('filters of the language', () => {
  it('write money in the currency said, else in the shop’s', () => {
    expect(write("{{ price | money: 'USD' }}")).toBe('$1,234.50');
    expect(write("{{ price | money: 'EUR' }}", 'de')).toBe('1.234,50 €');
    expect(write('{{ price | money }}', 'uk')).toContain('1 234,50');
    expect(write("{{ 1500 | money: 'JPY' }}", 'ja')).toMatch(/1,500$/);
  });

  it('write numbers with the decimals asked for', () => {
    expect(write('{{ price | number }} {{ 0.12345 | number: 1 }}')).toBe('1,234.5 0.1');
    expect(write('{{ price | number }}', 'de')).toBe('1.234,5');
  });

  it('write instants on the person’s own clock, and days as they are', () => {
    expect(write('{{ at | local_date }}')).toBe('November 23, 2026');
    expect(write('{{ at | local_date }}', 'en', 'America/New_York')).toBe('November 22, 2026');
    expect(write("{{ at | local_time: 'short' }}", 'uk')).toBe('00:30');
    expect(write("{{ day | local_date: 'long' }}", 'en', 'America/New_York')).toBe(
      'November 27, 2026',
    );
    expect(write('{{ day | local_date }}', 'ru')).toBe('27 ноября 2026 г.');
    expect(write("{{ at | local_datetime: 'medium' }}", 'en-GB')).toBe('23 Nov 2026, 00:30');
  });

  it('choose the plural form as the language does', () => {
    const days = "{{ n }} {{ n | plural: one: 'день', few: 'дня', other: 'дней' }}";
    const told = [1, 2, 5, 11, 21, 22].map((n) =>
      write(`{% assign n = ${String(n)} %}${days}`, 'ru'),
    );
    expect(told).toEqual(['1 день', '2 дня', '5 дней', '11 дней', '21 день', '22 дня']);
    const english =
      "{{ 1 | plural: one: 'day', other: 'days' }} {{ 0 | plural: one: 'day', other: 'days' }}";
    expect(write(english)).toBe('day days');
  });

  it('join words as the language does', () => {
    expect(write('{{ words | list }}')).toBe('boots, socks, and a hat');
    expect(write('{{ words | list }}', 'ru')).toBe('boots, socks и a hat');
  });

  it('are refused at once where they are told nonsense', () => {
    for (const source of [
      "{{ profile.n | plural: one: 'day' }}",
      "{{ profile.n | plural: some: 'day', other: 'days' }}",
      "{{ 5 | money: 'dollars' }}",
      "{{ '2026-11-27' | local_date: 'huge' }}",
      '{{ 5 | number: 99 }}',
    ]) {
      expect([source, checkLiquid(source, textEngine)]).toEqual([
        source,
        [expect.stringContaining('cannot be rendered')],
      ]);
    }
  });
});

describe('abort', () => {
  it('takes its reason between quotes and nothing else', () => {
    expect(checkLiquid("{% if profile.n %}{% abort 'no stock' %}{% endif %}", textEngine)).toEqual(
      [],
    );
    for (const source of [
      '{% abort %}',
      "{% abort '' %}",
      '{% abort profile.email %}',
      "{% abort 'a' profile.email %}",
      `{% abort '${'x'.repeat(101)}' %}`,
    ]) {
      expect([source, checkLiquid(source, textEngine)]).toEqual([
        source,
        [expect.stringContaining('abort takes its reason between quotes')],
      ]);
    }
  });
});
