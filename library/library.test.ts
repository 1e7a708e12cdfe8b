import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { Journey } from '#domain/journey/journey.ts';
import { parseJourney } from '#domain/journey/parse-journey.ts';
import { walk } from '#domain/journey/simulate-run.ts';
import type { Channel } from '#domain/message/message.ts';
import { parseTemplate, type Template } from '#domain/template/template.ts';

const HERE = new URL('.', import.meta.url);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function read(folder: string): [string, unknown][] {
  return readdirSync(new URL(folder, HERE)).map((name) => [
    name.replace(/\.yaml$/, ''),
    parse(readFileSync(new URL(`${folder}/${name}`, HERE), 'utf8')),
  ]);
}

function journeyOf(key: string): Journey {
  const parsed = parseJourney(new Map(read('journeys')).get(key));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.journey;
}

const templates = new Map(
  read('templates').map(([key, written]): [string, Template] => [key, parseTemplate(written)]),
);

/** Each template and channel that a journey may send. */
function sendsOf(journey: Journey): { template: string; channel: Channel }[] {
  return Object.values(journey.steps).flatMap((step) => {
    if (!('send' in step)) return [];
    const { template, channel, cascade } = step.send;
    const channels = cascade?.map((one) => one.channel) ?? [];
    if (channel !== undefined) channels.push(channel);
    return channels.map((one) => ({ template, channel: one }));
  });
}

describe('the library', () => {
  it.each(read('journeys'))('has a journey %s that parses under its own name', (key, written) => {
    expect(parseJourney(written)).toMatchObject({ ok: true, journey: { key } });
  });

  it.each(read('templates'))('has a template %s that parses under its own name', (key, written) => {
    expect(parseTemplate(written).key).toBe(key);
  });

  it('has content in English and Russian for every message a journey may send', () => {
    const missing = read('journeys').flatMap(([key]) =>
      sendsOf(journeyOf(key)).flatMap(({ template, channel }) =>
        ['en', 'ru']
          .filter((language) => templates.get(template)?.languages[language]?.[channel] == null)
          .map((language) => `${key}: ${template} ${channel} ${language}`),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('has no template that no journey sends', () => {
    const sent = read('journeys').flatMap(([key]) =>
      sendsOf(journeyOf(key)).map(({ template }) => template),
    );
    expect([...templates.keys()].filter((key) => !sent.includes(key))).toEqual([]);
  });
});

describe('abandoned-cart', () => {
  const journey = journeyOf('abandoned-cart');

  it('reminds after an hour and offers a good customer something a day later', () => {
    const result = walk(journey, { onDecide: () => 0 });
    expect(result.path).toBe(
      'hour:passed -> remind:reached -> again:timeout -> worth:offer -> offer:sent -> leave:done',
    );
    expect(result.sends.map(({ effect }) => effect.template)).toEqual([
      'cart-reminder',
      'cart-offer',
    ]);
    expect(result.endedAt).toBeGreaterThan(25 * HOUR);
  });

  it('offers nothing to somebody who comes back', () => {
    const result = walk(journey, { events: [{ afterMs: 5 * HOUR, name: 'Cart Viewed' }] });
    expect(result.path).toBe('hour:passed -> remind:reached -> again:received -> leave:done');
  });

  it('tries three channels and then gives up', () => {
    const refused = { outcome: { kind: 'failed', reason: 'unreachable' } } as const;
    const result = walk(journey, { onSend: () => refused });
    expect(result.path).toBe('hour:passed -> remind:exhausted -> leave:done');
    expect(result.sends.map(({ effect }) => effect.channel)).toEqual(['push', 'email', 'sms']);
  });
});

describe('birthday', () => {
  const journey = journeyOf('birthday');

  it('gives a present and reminds of it three days later', () => {
    const result = walk(journey);
    expect(result.path).toBe('present:reached -> days:passed -> remind:sent -> leave:done');
    expect(result.endedAt).toBeGreaterThanOrEqual(3 * DAY);
  });

  it('ends with any order', () => {
    const result = walk(journey, { events: [{ afterMs: DAY, name: 'Order Completed' }] });
    expect(result).toMatchObject({ status: 'exited', outcome: 'exit:Order Completed' });
  });
});

describe('reactivation', () => {
  const journey = journeyOf('reactivation');

  it('says hello in the morning and has a last word for valuable sleepers who looked', () => {
    const result = walk(journey, {
      zone: 'Europe/Kyiv',
      onDecide: () => 0,
      onSend: () => ({
        outcome: { kind: 'sent', deliveryReceipts: true },
        receipts: [{ receipt: 'opened', afterMs: HOUR }],
      }),
    });
    expect(result.path).toBe(
      'morning:passed -> hello:reached -> think:passed -> valuable:last-word -> last-word:sent -> leave:done',
    );
  });

  it('goes on to another channel when the mail stays unopened for three days', () => {
    const result = walk(journey, { zone: 'Europe/Kyiv' });
    expect(result.path).toBe('morning:passed -> hello:exhausted -> leave:done');
    expect(result.sends.map(({ effect }) => effect.channel)).toEqual(['email', 'push']);
  });
});
