import { describe, expect, it } from '@jest/globals';
import { isJsonObject, type JsonObject } from '#domain/json.ts';
import { parseCall, type CallFrame, type TrackedCall } from './tracking.ts';

const RECEIVED_AT = Date.parse('2026-06-01T12:00:00.000Z');
const frame: CallFrame = { kind: 'track', receivedAt: RECEIVED_AT, newId: () => 'made' };

function read(input: unknown, more: Partial<CallFrame> = {}): TrackedCall {
  const parsed = parseCall(input, { ...frame, ...more });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.call;
}

function faultsOf(input: unknown, more: Partial<CallFrame> = {}): string[] {
  const parsed = parseCall(input, { ...frame, ...more });
  return parsed.ok ? [] : parsed.faults.map(({ pointer, detail }) => `${pointer} ${detail}`);
}

const track = (more: JsonObject = {}): JsonObject => ({
  userId: '42',
  event: 'Cart Viewed',
  ...more,
});

/** JSON as it comes from outside, where `__proto__` is a key like any other. */
function json(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error('not an object');
  return value;
}

describe('a tracking call', () => {
  it('takes numbers as ids and makes a message id where none came', () => {
    const call = read(track({ userId: 42 }));
    expect(call).toMatchObject({ userId: '42', messageId: 'made', name: 'Cart Viewed' });
  });

  it('treats null as absent, and among traits as a wish to remove', () => {
    const properties = { a: null, b: { c: null, d: [null, 1] } };
    expect(read(track({ properties, anonymousId: null })).properties).toEqual({
      b: { d: [null, 1] },
    });
    const traits = { plan: null, address: { city: 'Kyiv', zip: null } };
    expect(read({ userId: '42', traits }, { kind: 'identify' }).attributes).toEqual({
      plan: null,
      address: { city: 'Kyiv' },
    });
  });

  it('names the calls that have no event name of their own', () => {
    const names = (['identify', 'page', 'screen'] as const).map(
      (kind) => read({ userId: '1' }, { kind }).name,
    );
    expect(names).toEqual(['Identified', 'Page Viewed', 'Screen Viewed']);
    expect(read({ userId: '1', name: 'Home' }, { kind: 'page' }).properties).toEqual({
      name: 'Home',
    });
    const group = { userId: '1', groupId: 7, traits: { name: 'ACME' } };
    expect(read(group, { kind: 'group' })).toMatchObject({
      name: 'Grouped',
      properties: { group_id: '7', traits: { name: 'ACME' } },
    });
    expect(read({ userId: '1', previousId: 'a' }, { kind: 'alias' })).toMatchObject({
      name: 'Aliased',
      previousId: 'a',
    });
  });

  it('keeps of its context only what journeys use', () => {
    const context = {
      ip: '1.2.3.4',
      userAgent: 'x',
      locale: 'uk-UA',
      timezone: 'Europe/Kyiv',
      device: { id: 'secret', type: 'ios', token: 'push-token' },
      consent: { categoryPreferences: { email: true, sms: false } },
      traits: { first_name: 'Olha' },
      ga: { clientId: '12.34', sessionId: 1795341600, gclid: 'secret' },
    };
    expect(read(track({ context }))).toMatchObject({
      context: {
        locale: 'uk-UA',
        timezone: 'Europe/Kyiv',
        device: { type: 'ios' },
        ga: { clientId: '12.34', sessionId: '1795341600' },
      },
      deviceToken: 'push-token',
      consents: {
        email: { granted: true, source: 'tracking' },
        sms: { granted: false, source: 'tracking' },
      },
      attributes: { first_name: 'Olha' },
    });
    expect(JSON.stringify(read(track({ context })))).not.toMatch(/1\.2\.3\.4|secret|userAgent/);
  });

  it('corrects a wrong clock by the time it was sent', () => {
    const originalTimestamp = '1970-01-01T00:00:10.000Z';
    const sentAt = '1970-01-01T00:00:15.000Z';
    expect(read(track({ originalTimestamp, sentAt })).occurredAt).toBe(RECEIVED_AT - 5000);
    expect(read(track({ timestamp: originalTimestamp }), { sentAt }).occurredAt).toBe(
      RECEIVED_AT - 5000,
    );
    expect(read(track({ sentAt })).occurredAt).toBe(RECEIVED_AT);
    expect(read(track({ timestamp: '2026-05-01T12:00:00+02:00' })).occurredAt).toBe(
      Date.parse('2026-05-01T10:00:00Z'),
    );
    expect(read(track({ timestamp: '2026-06-01T13:00:00.000Z' })).occurredAt).toBe(RECEIVED_AT);
  });

  it.each([
    ['no id', { event: 'X' }, '#/userId'],
    ['no event name', { userId: '1' }, '#/event'],
    ['a list as an id', track({ userId: [] }), '#/userId'],
    ['a long id', track({ userId: 'x'.repeat(256) }), '#/userId'],
    ['a long message id', track({ messageId: 'x'.repeat(101) }), '#/messageId'],
    ['a long name', track({ event: 'x'.repeat(201) }), '#/event'],
    ['text for properties', track({ properties: 'x' }), '#/properties'],
    ['a list for context', track({ context: [] }), '#/context'],
    ['NUL', track({ properties: { a: 'b\u0000' } }), '#/properties/a'],
    ['half a character', track({ properties: { a: ['\ud800'] } }), '#/properties/a/0'],
    ['half a character in a key', track({ properties: { '\udc00': 1 } }), '#/properties'],
    ['an operator', track({ properties: { $where: '1' } }), '#/properties'],
    [
      '__proto__',
      json('{"userId":"1","event":"X","properties":{"__proto__":{"a":1}}}'),
      '#/properties',
    ],
    ['constructor', track({ properties: { constructor: 1 } }), '#/properties'],
    [
      'an endless number',
      json('{"userId":"1","event":"X","properties":{"a":1e999}}'),
      '#/properties/a',
    ],
    ['a date that is none', track({ timestamp: '2026-02-30T00:00:00.000Z' }), '#/timestamp'],
    ['a number as date', track({ timestamp: 1 }), '#/timestamp'],
    ['the last century', track({ timestamp: '1999-12-31T00:00:00Z' }), '#/timestamp'],
    ['the day after tomorrow', track({ timestamp: '2026-06-03T00:00:00Z' }), '#/timestamp'],
    ['the year 9999', track({ timestamp: '9999-12-31T23:59:59.999Z' }), '#/timestamp'],
    ['a trait with a dot', track({ context: { traits: { 'a.b': 1 } } }), '#/context/traits'],
    [
      'a push subscription without keys',
      track({ context: { device: { token: { endpoint: 'https://push.example/1' } } } }),
      '#/context/device/token',
    ],
    [
      'a consent that is not yes or no',
      track({ context: { consent: { categoryPreferences: { email: 'yes' } } } }),
      '#/context/consent/categoryPreferences',
    ],
  ])('is refused with %s', (_what, input, pointer) => {
    expect(faultsOf(input).map((fault) => fault.split(' ')[0])).toEqual([pointer]);
  });

  it('is refused when nested deeper than ten levels, however deep', () => {
    const nested = (levels: number): JsonObject =>
      json(
        `{"userId":"1","event":"X","properties":${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}}`,
      );
    expect(faultsOf(nested(10))).toEqual([]);
    expect(faultsOf(nested(11))).toHaveLength(1);
    expect(faultsOf(nested(50_000))).toHaveLength(1);
  });

  it('is refused when a batch member says no kind', () => {
    expect(parseCall(track({ type: 'constructor' }), { receivedAt: 1, newId: () => 'x' }).ok).toBe(
      false,
    );
    expect(parseCall([], frame)).toMatchObject({ ok: false, messageId: null });
  });
});
