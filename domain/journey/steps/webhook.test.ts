import { describe, expect, it } from '@jest/globals';
import { advance, begin } from '#domain/journey/advance.ts';
import { journeyWith } from '#domain/journey/journey.example.ts';
import { parseJourney } from '#domain/journey/parse-journey.ts';
import type { CallOutcome } from '#domain/journey/run.ts';
import { walk, type Walk } from '#domain/journey/simulate-run.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#domain/time/duration.ts';

const ENDS = { good: { end: 'good' }, gone: { end: 'gone' }, bad: { end: 'bad' } };
const webhook = { url: 'https://loyalty.shop.example/points', patience: 'PT10M' };

function journeyOf(step: Record<string, unknown>, ends: Record<string, unknown> = ENDS) {
  return journeyWith('ask', { ask: { webhook, ...step }, ...ends });
}

const JOURNEY = journeyOf({ next: { ok: 'good', '404': 'gone', failed: 'bad' } });

/** Answers one after the other, the last one from then on; each would be tried again a minute later. */
function answering(...statuses: (number | string)[]): (at: number) => CallOutcome {
  let call = -1;
  return (at) => {
    call += 1;
    const one = statuses[Math.min(call, statuses.length - 1)] ?? 200;
    const retryAt = at + MINUTE_MS;
    return typeof one === 'number'
      ? { kind: 'answered', status: one, retryAt }
      : { kind: 'unanswered', reason: one, retryAt };
  };
}

function called(journey: typeof JOURNEY, ...statuses: (number | string)[]): Walk {
  const answer = answering(...statuses);
  return walk(journey, { onCall: (_effect, at) => answer(at) });
}

describe('webhook', () => {
  it.each([
    [200, 'ask:ok -> good:good'],
    [204, 'ask:ok -> good:good'],
    [404, 'ask:404 -> gone:gone'],
    [400, 'ask:failed -> bad:bad'],
    [302, 'ask:failed -> bad:bad'],
  ])('goes on by the answer %i at once', (status, path) => {
    const result = called(JOURNEY, status);
    expect(result).toMatchObject({ path, endedAt: 0 });
    expect(result.calls).toHaveLength(1);
  });

  it('is called again, as the same call, until it answers', () => {
    const result = called(JOURNEY, 503, 'ECONNREFUSED', 429, 200);
    expect(result).toMatchObject({ path: 'ask:ok -> good:good', endedAt: 3 * MINUTE_MS });
    expect(result.calls.map(({ effect }) => effect)).toEqual(
      [0, 1, 2, 3].map((tries) => ({
        ...{ do: 'call', step: 'ask', hop: 1, tries, deadline: 10 * MINUTE_MS },
      })),
    );
  });

  it('is given up when its patience would be over, and says why', () => {
    const result = called(JOURNEY, 'ETIMEDOUT', 503);
    expect(result).toMatchObject({ path: 'ask:failed -> bad:bad', endedAt: 9 * MINUTE_MS });
    expect(result.walked[0]).toMatchObject({ outcome: 'failed', reason: 'http503' });
  });

  it('is not awaited where its receiver asks for more patience than there is', () => {
    const later = { kind: 'answered', status: 429, retryAt: HOUR_MS } as const;
    expect(walk(JOURNEY, { onCall: () => later })).toMatchObject({
      path: 'ask:failed -> bad:bad',
      endedAt: 0,
    });
  });

  it('does not count a call that found no place', () => {
    const busy = (seconds: number): CallOutcome => ({ kind: 'busy', retryAt: seconds * SECOND_MS });
    const down = { kind: 'answered', status: 503, retryAt: 7 * SECOND_MS } as const;
    const outcomes: CallOutcome[] = [busy(2), busy(6), down, busy(9)];
    const ok = { kind: 'answered', status: 200, retryAt: 0 } as const;
    const result = walk(JOURNEY, { onCall: () => outcomes.shift() ?? ok });
    expect(result.calls.map(({ effect: { tries, looks = 0 } }) => [tries, looks])).toEqual([
      ...[
        [0, 0],
        [0, 1],
        [0, 2],
      ],
      ...[
        [1, 0],
        [1, 1],
      ],
    ]);
    expect(result.endedAt).toBe(9 * SECOND_MS);
  });

  it('is not called again for a status that the journey names, be it one of trouble', () => {
    const journey = journeyOf({ next: { ok: 'good', '503': 'gone', failed: 'bad' } });
    expect(called(journey, 503).path).toBe('ask:503 -> gone:gone');
  });

  it('leads a call that cannot be made, and a failed one without a way, to onError', () => {
    const journey = journeyOf(
      { next: { ok: 'good' }, onError: 'bad' },
      {
        good: ENDS.good,
        bad: ENDS.bad,
      },
    );
    const error = { kind: 'error', reason: 'missing:profile.tier' } as const;
    const faulty = walk(journey, { onCall: () => error });
    expect(faulty.path).toBe('ask:error -> bad:bad');
    expect(faulty.walked[0]?.reason).toBe('missing:profile.tier');
    expect(called(journey, 400).path).toBe('ask:failed -> bad:bad');
    const both = journeyOf({ next: { ok: 'good', failed: 'gone' }, onError: 'bad' });
    expect(called(both, 400).path).toBe('ask:failed -> gone:gone');
    expect(walk(both, { onCall: () => error }).path).toBe('ask:error -> bad:bad');
  });

  it('fails where its call found no place in all its patience', () => {
    const { state } = begin(JOURNEY, 0);
    const entry = { kind: 'api', id: 'a', at: 0, event: null, properties: {} } as const;
    const elapsed = (at: number) =>
      advance(JOURNEY, state, { kind: 'elapsed', at }, { entry, zone: 'UTC' });
    expect(elapsed(10 * MINUTE_MS - 1).effect).toMatchObject({ do: 'call' });
    expect(elapsed(10 * MINUTE_MS).effect).toMatchObject({ do: 'end', outcome: 'bad' });
  });

  it('has its whole patience when a pause held its call back', () => {
    const { state } = begin(JOURNEY, 0);
    const entry = { kind: 'api', id: 'a', at: 0, event: null, properties: {} } as const;
    const resumed = advance(
      JOURNEY,
      state,
      { kind: 'resumed', at: HOUR_MS },
      { entry, zone: 'UTC' },
    );
    expect(resumed.effect).toMatchObject({ do: 'call', deadline: HOUR_MS + 10 * MINUTE_MS });
  });
});

describe('a webhook as it is written', () => {
  const faultsOf = (step: Record<string, unknown>) => {
    const parsed = parseJourney({
      ...{ key: 'example', name: 'Example', entry: { api: true }, start: 'ask' },
      steps: { ask: step, done: { end: 'done' } },
    });
    return parsed.ok ? [] : parsed.faults.map(({ pointer }) => pointer);
  };
  const asked = (said: Record<string, unknown>) => ({
    webhook: { ...webhook, ...said },
    next: 'done',
  });

  it.each([
    ['an address with what differs', { url: 'https://a.example/{{ profile.id }}' }, 'url'],
    ['an address with a password', { url: 'https://me:secret@a.example/' }, 'url'],
    ['no address', { url: 'ftp://a.example/' }, 'url'],
    ['a secret in a header', { headers: { Authorization: 'Bearer x' } }, 'headers/Authorization'],
    ['a key in a header', { headers: { 'X-Api-Key': 'x' } }, 'headers/X-Api-Key'],
    ['a header of Kairos', { headers: { 'Idempotency-Key': 'x' } }, 'headers/Idempotency-Key'],
    ['a header that ends early', { headers: { 'X-A': 'a\r\nB: c' } }, 'headers/X-A'],
    ['a body of GET', { method: 'GET', body: { a: 1 } }, 'body'],
    ['a body too long', { body: { a: ['x'.repeat(17_000)] } }, 'body'],
    ['a wait too long', { timeout: 'PT31S' }, 'timeout'],
    ['a path of nothing', { response: { points: 'balance' } }, 'response/points'],
    ['another method', { method: 'DELETE' }, 'method'],
  ])('is refused with %s', (_what, said, at) => {
    expect(faultsOf(asked(said))).toEqual([`#/steps/ask/webhook/${at}`]);
  });

  it('says which ways are missing or never taken', () => {
    expect(faultsOf({ webhook, next: { ok: 'done' } })).toEqual(['#/steps/ask/next/failed']);
    expect(faultsOf({ webhook, next: { failed: 'done' }, onError: 'done' })).toEqual([
      '#/steps/ask/next/ok',
    ]);
    expect(faultsOf({ webhook, next: { ok: 'done', failed: 'done', maybe: 'done' } })).toEqual([
      '#/steps/ask/next/maybe',
    ]);
    expect(faultsOf({ webhook, next: 'done', onError: 'nowhere' })).toEqual([
      '#/steps/ask/onError',
    ]);
  });

  it('is good with all there is', () => {
    const step = asked({
      ...{ method: 'PUT', query: { id: '{{ ids.external }}' }, headers: { 'X-Shop': 'main' } },
      ...{ body: { points: '{{ profile.points }}' }, connection: 'loyalty', timeout: 'PT30S' },
      response: { points: 'body.customer.points', code: 'status' },
    });
    expect(faultsOf(step)).toEqual([]);
  });
});
