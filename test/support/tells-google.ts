import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { googleFaults } from '#domain/webhook/ga4-faults.example.ts';
import { GoogleCollect, type GoogleCall } from './google-collect.ts';
import type { WholeKairos } from './whole-kairos.ts';

interface Endpoint {
  id: string;
  measurementId: string;
}

export interface Delivery {
  id: string;
  event: string;
  status: string;
  reason: string | null;
  tries: number;
}

interface Judged {
  valid: boolean;
  messages: { fieldPath: string }[];
}

const SECRET = 'secret-of-the-stream';

/** What an installation of webhooks does with Google Analytics. */
export function tellsGoogle(installation: () => WholeKairos): void {
  describe('Google Analytics', () => {
    let google: GoogleCollect;
    beforeAll(async () => {
      google = await GoogleCollect.start();
    });
    afterAll(() => google.close());

    const route = '/v1/webhook-endpoints';
    const make = (measurementId: string, event: string, more: object = {}): Promise<Endpoint> =>
      installation().call<Endpoint>('POST', route, {
        kind: 'googleAnalytics',
        url: google.url,
        measurementId,
        apiSecret: SECRET,
        listens: [{ event }],
        ...more,
      });
    const track = (userId: string, event: string, more: object = {}): Promise<void> =>
      installation().track('track', { userId, event, ...more });
    /** Deliveries that are over, oldest first. */
    const over = (endpoint: Endpoint, count: number): Promise<Delivery[]> =>
      installation().until('deliveries that are over', async () => {
        const path = `${route}/${endpoint.id}/deliveries`;
        const { data } = await installation().call<{ data: Delivery[] }>('GET', path);
        const ended = data.filter(({ status }) => status !== 'pending');
        return ended.length >= count ? ended.toReversed() : null;
      });
    const calls = (endpoint: Endpoint, count: number): Promise<GoogleCall[]> =>
      installation().until('calls of Google', async () => {
        const seen = google.of(endpoint.measurementId);
        return Promise.resolve(seen.length >= count ? seen : null);
      });
    const granted = { context: { consent: { categoryPreferences: { analytics: true } } } };

    it('is told of those who agreed, by what Google knows them by, until it takes it', async () => {
      const endpoint = await make('G-ORDERS01', 'Order Completed', { userId: 'externalId' });
      expect(JSON.stringify(endpoint)).not.toContain(SECRET);
      const order = { order_id: 'g-o-1', revenue: 20, note: 'for g-1@b.example' };
      const traits = { email: 'g-1@b.example' };
      await installation().track('identify', { userId: 'g-1', traits, ...granted });
      await track('g-2', 'Order Completed', { properties: { order_id: 'g-o-2', revenue: 5 } });
      google.status = 503;
      const ga = { clientId: '123.456', sessionId: '1795341600' };
      await track('g-1', 'Order Completed', {
        messageId: 'g-m-1',
        properties: order,
        context: { ga },
      });
      await calls(endpoint, 1);
      google.status = 204;
      const [first, second] = await calls(endpoint, 2);
      const { path, query, body } = second ?? first ?? { path: '', query: {}, body: {} };
      expect(path).toBe('/mp/collect');
      expect(query).toEqual({ measurement_id: 'G-ORDERS01', api_secret: SECRET });
      expect(googleFaults(body, Date.now())).toEqual([]);
      expect(body).toMatchObject({
        client_id: '123.456',
        user_id: 'g-1',
        consent: { ad_user_data: 'DENIED' },
        events: [{ name: 'purchase', params: { transaction_id: 'g-o-1', value: 20 } }],
      });
      expect(JSON.stringify(body)).not.toContain('b.example');
      expect(second?.body).toEqual(first?.body);
      const ended = await over(endpoint, 2);
      expect(ended.find(({ status }) => status === 'skipped')).toMatchObject({
        reason: 'noConsent',
        tries: 0,
      });
      expect(ended.find(({ status }) => status === 'delivered')).toMatchObject({ tries: 2 });
    });

    it('is not told what it told itself, nor what it would not take any more', async () => {
      const consent = { analytics: null };
      const endpoint = await make('G-OTHERS01', 'Other', { consent, imported: true });
      const longAgo = new Date(Date.now() - 73 * 3_600_000).toISOString();
      await track('g-3', 'Other', { messageId: 'ga4:0123456789abcdef' });
      await track('g-3', 'Other', { messageId: 'g-old', timestamp: longAgo });
      await track('g-3', 'Other', { messageId: 'g-new' });
      const told = (await over(endpoint, 2)).map(({ status, reason }) => [status, reason]);
      expect(told).toContainEqual(['skipped', 'tooOld']);
      expect(told).toContainEqual(['delivered', null]);
      expect(told).toHaveLength(2);
      expect(google.of('G-OTHERS01')).toHaveLength(1);
    });

    it('keeps its kind and its secret', async () => {
      const endpoint = await make('G-KEPT0001', 'Kept');
      const at = `${route}/${endpoint.id}`;
      const said = { url: google.url, listens: [{ event: 'Kept' }] };
      await expect(installation().call('PUT', at, said)).rejects.toThrow('409');
      await installation().call('PUT', at, {
        ...said,
        kind: 'googleAnalytics',
        measurementId: 'G-KEPT0002',
      });
      const shown = await installation().call('GET', at);
      expect(shown).toMatchObject({ measurementId: 'G-KEPT0002', names: {} });
      expect(JSON.stringify(shown)).not.toContain(SECRET);
      const endpoints = installation().mongo.db.collection<{ _id: string }>('webhookEndpoints');
      expect(await endpoints.findOne({ _id: endpoint.id })).toMatchObject({
        secrets: [{ secret: SECRET }],
      });
      for (const call of ['test', 'rotate-secret']) {
        await expect(installation().call('POST', `${at}/${call}`)).rejects.toThrow('409');
      }
      const bare = { ...said, kind: 'googleAnalytics', measurementId: 'G-KEPT0003' };
      await expect(installation().call('POST', route, bare)).rejects.toThrow('#/apiSecret');
    });

    it('says what it thinks of an event, before anybody’s is told', async () => {
      const endpoint = await make('G-VALID001', 'Order Completed');
      const validate = (asked: object): Promise<Judged> =>
        installation().call<Judged>('POST', `${route}/${endpoint.id}/validate`, asked);
      const properties = { order_id: 'T-1', revenue: 20, products: [{ product_id: 'sku' }] };
      expect(await validate({ event: 'Order Completed', properties })).toMatchObject({
        valid: true,
        messages: [],
        sent: { events: [{ name: 'purchase' }], validation_behavior: 'ENFORCE_RECOMMENDATIONS' },
      });
      const [call] = google.of('G-VALID001');
      expect(call?.path).toBe('/debug/mp/collect');
      await google.close();
      await expect(validate({ event: 'X' })).rejects.toThrow('503');
    });
  });
}
