import { describe, expect, it } from '@jest/globals';
import { readAnswer } from '#domain/webhook/read-answer.ts';

const read = (wanted: Record<string, string>, body: unknown) =>
  readAnswer(wanted, { status: 200, text: typeof body === 'string' ? body : JSON.stringify(body) });

describe('what is kept of an answer', () => {
  it('is read by paths: texts, numbers, true, false and lists of them', () => {
    const body = {
      customer: { points: 12, tiers: ['gold', 'vip'], isNew: false },
      items: [{ id: 'a' }],
    };
    const wanted = {
      points: 'body.customer.points',
      tiers: 'body.customer.tiers',
      isNew: 'body.customer.isNew',
      first: 'body.items.0.id',
      code: 'status',
    };
    expect(read(wanted, body)).toEqual({
      ...{ points: 12, tiers: ['gold', 'vip'], isNew: false, first: 'a', code: 200 },
    });
  });

  it.each([
    ['nothing', { a: 'body.b' }, {}],
    ['null', { a: 'body.a' }, { a: null }],
    ['an object', { a: 'body.a' }, { a: { b: 1 } }],
    ['a list of objects', { a: 'body.a' }, { a: [{ b: 1 }] }],
    ['what every object has', { a: 'body.constructor.name' }, {}],
    ['no JSON', { a: 'body.a' }, '<html>'],
  ])('leaves %s out', (_what, wanted, body) => {
    expect(read(wanted, body)).toEqual({});
  });

  it('is bounded in all', () => {
    const wanted = { a: 'body.a', b: 'body.b' };
    expect(read(wanted, { a: 'x'.repeat(5_000), b: 'x'.repeat(5_000) })).toEqual({
      a: 'x'.repeat(5_000),
    });
  });

  it('is nothing where the answer broke off', () => {
    expect(readAnswer({ a: 'body.a' }, { status: 200, text: null })).toEqual({});
  });
});
