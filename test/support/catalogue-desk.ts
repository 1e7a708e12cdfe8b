import type { StoredEvent } from '#domain/event/event.ts';
import type { WholeKairos } from './whole-kairos.ts';

interface Interests {
  data: { product_id: string; interests: { kind: string }[] }[];
}

export interface CatalogueDesk {
  track: (userId: string, event: string, productId: string) => Promise<void>;
  /** As `product:kind`. */
  interests: (userId: string) => Promise<string[]>;
  interestedIn: (userId: string, ...wanted: string[]) => Promise<true>;
  /** What people were told of a product once it was told so often, the oldest first. */
  told: (product: string, times: number) => Promise<StoredEvent[]>;
  /** Brings in the items of a feed as XML; answers its report once it has ended. */
  feed: (items: string) => Promise<Record<string, unknown>>;
}

/** What tests do with the catalogue by the API; `kairos` is asked for when it is needed. */
export function catalogueDesk(kairos: () => WholeKairos): CatalogueDesk {
  async function interests(userId: string): Promise<string[]> {
    const route = `/v1/profiles/external:${userId}/interests`;
    const { data } = await kairos().call<Interests>('GET', route);
    return data.flatMap(({ product_id, interests: of }) =>
      of.map(({ kind }) => `${product_id}:${kind}`),
    );
  }
  return {
    track: (userId, event, product_id) =>
      kairos().track('track', { userId, event, properties: { product_id } }),
    interests,
    interestedIn: (userId, ...wanted) =>
      kairos().until(`the interests of ${userId}`, async () => {
        const known = await interests(userId).catch((): string[] => []);
        return wanted.every((one) => known.includes(one)) ? true : null;
      }),
    told(product, times) {
      const { events } = kairos().mongo.collections;
      const which = {
        source: 'kairos',
        'properties.product_id': product,
        state: 'routed',
      } as const;
      return kairos().until(`${String(times)} tellings of ${product}`, async () => {
        const found = await events.find(which).sort({ receivedAt: 1 }).toArray();
        return found.length >= times ? found : null;
      });
    },
    feed: (items) => feed(kairos(), items),
  };
}

async function feed(kairos: WholeKairos, items: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`${kairos.url}/v1/imports?as=products`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${kairos.environment.KAIROS_ADMIN_KEY ?? ''}`,
      'content-type': 'application/xml',
    },
    body: `<?xml version="1.0" encoding="windows-1251"?><rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>${items}</channel></rss>`,
  });
  if (answer.status !== 202) throw new Error(`feed: ${String(answer.status)}`);
  const { id } = (await answer.json()) as { id: string };
  return kairos.until('the end of a feed', async () => {
    const read = await kairos.call('GET', `/v1/imports/${id}`);
    return read.status === 'running' ? null : read;
  });
}
