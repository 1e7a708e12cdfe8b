import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newProfile } from '#domain/profile/new-profile.ts';
import { TestApi, type Answer } from './support/api-process.ts';
import { WebhookSink } from './support/webhook-sink.ts';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start('kairos-template-lint');
  await api.mongo.collections.profiles.insertOne(newProfile('p-42', 0, Date.now()));
});
afterAll(() => api.stop());

const put = (path: string, json: object): Promise<Answer> =>
  api.call(`/v1${path}`, { method: 'PUT', json });

describe('A template that is looked over', () => {
  const lint = (json: unknown): Promise<Answer> =>
    api.call('/v1/templates/spring/lint', { method: 'POST', json });

  it('has its links called where that is asked for, and only then', async () => {
    const shop = await WebhookSink.start();
    try {
      shop.answer = ({ target }) => ({ status: target === '/gone' ? 404 : 200 });
      const text = `See ${shop.url}/there and ${shop.url}/gone`;
      await put('/templates/spring', { languages: { en: { sms: { text } } } });
      const looked = await lint({});
      expect(looked.body).toMatchObject({ sampled: 1, findings: [], links: null });
      expect(shop.posts).toEqual([]);
      const called = await lint({ checkLinks: true });
      expect(called.body).toMatchObject({
        findings: [{ rule: 'deadLink', channel: 'sms', language: 'en', messages: 1 }],
        links: { checked: 2, unanswered: 0, left: 0 },
      });
      expect(JSON.stringify(called.body.findings)).toContain(`${shop.url}/gone`);
    } finally {
      await shop.close();
    }
  });

  it('is told of texts that the provider would refuse', async () => {
    const content = { sms: { text: 'x'.repeat(1_601) }, viber: { text: 'x'.repeat(1_001) } };
    await put('/templates/spring', { languages: { en: content } });
    const rulesOf = ({ findings = [] }: { findings?: { rule: string }[] }): string[] =>
      findings.map(({ rule }) => rule);
    const looked = await lint({});
    expect(rulesOf(looked.body).sort()).toEqual(['longSms', 'tooLong', 'tooLong']);
    const shown = await api.call('/v1/templates/spring/preview', { method: 'POST', json: {} });
    const { channels } = shown.body as { channels: Record<string, { findings: never[] }> };
    expect(rulesOf(channels.viber ?? {})).toEqual(['tooLong']);
    expect(rulesOf(channels.sms ?? {}).sort()).toEqual(['longSms', 'tooLong']);
  });
});

describe('A template that is saved', () => {
  it('is warned of an attribute that no product of the shop has', async () => {
    const attributes = { heel_height: '5 cm' };
    await put('/products/boots', { name: 'Boots', price: 90, currency: 'EUR', attributes });
    const text = '{{ product.attributes.heel_hight }} of {{ product.attributes.heel_height }}';
    const saved = await put('/templates/boots/draft', { languages: { en: { sms: { text } } } });
    expect(saved.body.warnings).toEqual([
      {
        pointer: '#/languages/en/sms/text',
        detail:
          'Nothing called “heel_hight” was seen in product.attributes so far. Did you mean "heel_height"?',
      },
    ]);
  });
});
