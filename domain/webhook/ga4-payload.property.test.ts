import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '#domain/json.ts';
import { googleFaults } from '#domain/webhook/ga4-faults.example.ts';
import { buildGooglePayload } from '#domain/webhook/ga4-payload.ts';
import { GoogleAnalytics } from '#domain/webhook/google-analytics.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const settings = GoogleAnalytics.parse({
  kind: 'googleAnalytics',
  measurementId: 'G-TEST1234',
  listens: [{ event: '*' }],
  userId: 'externalId',
  consent: { analytics: null },
});

const word = fc.oneof(
  fc.string({ maxLength: 60, unit: 'grapheme' }),
  fc.constantFrom('_x', 'ga_x', 'google_x', 'products', 'items', 'revenue', 'price', 'url', '1'),
);
const name = fc.oneof(
  word,
  fc.constantFrom('Order Completed', 'Product Added', 'Page Viewed', 'session_start'),
);
const product = fc.dictionary(
  fc.constantFrom('product_id', 'name', 'price', 'quantity', 'brand'),
  fc.oneof(fc.string({ maxLength: 300 }), fc.double(), fc.constant('9.90')),
);
const properties = fc.dictionary(
  word,
  fc.oneof(fc.string({ maxLength: 400 }), fc.jsonValue(), fc.array(product, { maxLength: 5 })),
  { maxKeys: 40 },
);

describe('Whatever happened', () => {
  it('Google finds nothing wrong with what it is told of it', () => {
    fc.assert(
      fc.property(name, properties, fc.string(), (event, said, externalId) => {
        const happened = {
          _id: 'm-1',
          name: event,
          occurredAt: NOW,
          properties: said as JsonObject,
        };
        const customer = { id: 'p', externalId, identities: [], attributes: {}, consents: {} };
        const frame = { now: NOW, currency: 'EUR' };
        const built = buildGooglePayload(settings, { event: happened, customer }, frame);
        expect('body' in built && googleFaults(built.body, NOW)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
