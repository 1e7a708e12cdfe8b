import type { JsonObject } from '#domain/json.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { WebhookFact } from '#domain/webhook/endpoint.ts';

/** The customer as the API shows them. */
export interface ToldProfile {
  id: string;
  /** The shop's own id. */
  externalId: string | null;
  /** `external:42` and the like. */
  identities: string[];
  attributes: JsonObject;
  traits: object;
  consents: Record<string, { granted: boolean }>;
  segments: object[];
}

/** Whatever is told by a test in the place of an event. */
export const TEST_EVENT = 'Webhook Test';

/**
 * The body of one webhook: `type`, `timestamp` and `data` as the Standard Webhooks specification has
 * them. Ids always; facts only those asked for.
 */
export function buildPayload(
  event: Pick<
    StoredEvent,
    '_id' | 'name' | 'kind' | 'occurredAt' | 'receivedAt' | 'source' | 'properties'
  >,
  profile: ToldProfile,
  include: readonly WebhookFact[],
): string {
  const wanted = new Set<string>(include);
  const { identities, attributes, traits, consents, segments } = profile;
  const facts = { identities, attributes, traits, consents, segments };
  return JSON.stringify({
    type: event.name,
    timestamp: iso(event.occurredAt),
    data: {
      event: {
        id: event._id,
        name: event.name,
        kind: event.kind,
        occurredAt: iso(event.occurredAt),
        receivedAt: iso(event.receivedAt),
        source: event.source,
        ...(wanted.has('properties') ? { properties: event.properties } : {}),
      },
      profile: {
        id: profile.id,
        external_id: profile.externalId,
        ...Object.fromEntries(Object.entries(facts).filter(([name]) => wanted.has(name))),
      },
    },
  });
}

/** The body of a test: it has the shape of any other, and nobody's facts. */
export function buildTestPayload(at: number): string {
  const data: JsonObject = { event: { id: null, name: TEST_EVENT }, profile: null };
  return JSON.stringify({ type: TEST_EVENT, timestamp: iso(at), data });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
