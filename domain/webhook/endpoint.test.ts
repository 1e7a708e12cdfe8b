import { describe, expect, it } from '@jest/globals';
import { explainIssues } from '#domain/journey/explain-issue.ts';
import { hears, WebhookEndpoint } from '#domain/webhook/endpoint.ts';
import { warnListens } from '#domain/webhook/listen.ts';

const endpoint = (listens: object[], more: object = {}): WebhookEndpoint =>
  WebhookEndpoint.parse({ url: 'https://a.example/hook', listens, ...more });
const event = (name: string, more: object = {}) =>
  ({ _id: 'm-1', name, source: 'server', occurredAt: 0, properties: {}, ...more }) as const;

describe('An address that is told of events', () => {
  it('hears those it names, and only where their properties are as it says', () => {
    const where = { 'properties.revenue': { gte: 50 } };
    const listening = endpoint([{ event: 'Order Completed', where }, { event: 'Signed Up' }]);
    expect(hears(listening, event('Signed Up'))).toBe(true);
    expect(hears(listening, event('Signed In'))).toBe(false);
    expect(hears(listening, event('Order Completed', { properties: { revenue: 50 } }))).toBe(true);
    expect(hears(listening, event('Order Completed', { properties: { revenue: 49 } }))).toBe(false);
  });

  it('hears everything by a star, but no history of an import unless it says so', () => {
    const imported = event('Anything', { context: { import: 'i-1' } });
    expect(hears(endpoint([{ event: '*' }]), event('Anything'))).toBe(true);
    expect(hears(endpoint([{ event: '*' }]), imported)).toBe(false);
    expect(hears(endpoint([{ event: '*' }], { imported: true }), imported)).toBe(true);
  });

  it('believes of segments nobody but Kairos', () => {
    const listening = endpoint([{ segment: { enters: 'vip' } }, { segment: { leaves: 'asleep' } }]);
    const told = (name: string, segment: string, source = 'kairos') =>
      hears(listening, event(name, { source, properties: { segment } }));
    expect(told('Segment Entered', 'vip')).toBe(true);
    expect(told('Segment Left', 'asleep')).toBe(true);
    expect(told('Segment Left', 'vip')).toBe(false);
    expect(told('Segment Entered', 'other')).toBe(false);
    expect(told('Segment Entered', 'vip', 'browser')).toBe(false);
  });

  it('may ask for changes of stage by the name they will have', () => {
    const where = { 'properties.to': { is: 'falling-asleep' } };
    const listening = endpoint([{ event: 'Stage Changed', where }]);
    const told = (to: string) =>
      hears(
        listening,
        event('Stage Changed', { source: 'kairos', properties: { from: 'active', to } }),
      );
    expect([told('falling-asleep'), told('asleep')]).toEqual([true, false]);
  });

  it('may listen to a segment that is not there, and is told so', () => {
    const { listens } = endpoint([
      { event: '*' },
      { segment: { enters: 'vipp' } },
      { segment: { leaves: 'vip' } },
    ]);
    expect(warnListens(listens, ['vip'])).toEqual([
      {
        pointer: '#/listens/1/segment/enters',
        detail:
          'There is no segment "vipp" yet, so nothing is told of it until there is. Did you mean "vip"?',
      },
    ]);
  });

  it.each([
    [{}, '#/listens', '"listens" is missing. Say what it listens to, such as'],
    [{ listens: [] }, '#/listens', 'Say what it listens to, such as'],
    [{ listens: [{ segment: 'vip' }] }, '#/listens/0/segment', 'Write { enters: KEY } or'],
  ])('that says %j is told what to write', (said, place, words) => {
    const value = { url: 'https://a.example/hook', ...said };
    const issues = WebhookEndpoint.safeParse(value).error?.issues ?? [];
    expect(explainIssues(issues, { value, pointer: '#', fields: [] })).toEqual([
      { pointer: place, detail: expect.stringContaining(words) },
    ]);
  });

  it('is sent no personal facts unless it asks for them', () => {
    expect(endpoint([{ event: '*' }])).toMatchObject({ include: ['properties'] });
  });

  it('hears nothing from Google that is Google’s own', () => {
    const google = { kind: 'googleAnalytics', measurementId: 'G-TEST1234' };
    const said = { ...google, listens: [{ event: '*' }], imported: true };
    const listening = WebhookEndpoint.parse(said);
    const known = event('Order Completed', { _id: 'ga4:1f', context: { import: 'pull-1' } });
    expect(hears(listening, known)).toBe(false);
    expect(hears(listening, { ...known, _id: 'm-1' })).toBe(true);
    expect(hears(endpoint([{ event: '*' }], { imported: true }), known)).toBe(true);
  });

  it.each([
    { url: 'ftp://a.example', listens: [{ event: '*' }] },
    { url: 'https://a.example', listens: [] },
    { url: 'https://a.example', listens: [{ event: 'x', segment: { enters: 'vip' } }] },
    { url: 'https://a.example', listens: [{ event: '*' }], include: ['passwords'] },
    { kind: 'piwik', url: 'https://a.example', listens: [{ event: '*' }] },
    { kind: 'googleAnalytics', measurementId: 'UA-1', listens: [{ event: '*' }] },
    { kind: 'googleAnalytics', measurementId: 'G-TEST1', listens: [], include: [] },
  ])('is refused where it says something impossible: %j', (said) => {
    expect(WebhookEndpoint.safeParse(said).success).toBe(false);
  });
});
