import type { WebhookRequest } from '#channels/webhook-request.ts';
import type { Delivery as Told } from './tells-google.ts';
import type { WebhookSink } from './webhook-sink.ts';
import type { WholeKairos } from './whole-kairos.ts';

export interface Endpoint {
  id: string;
  secret: string;
  status: string;
  disabledReason: string | null;
}

interface Delivery extends Told {
  replays: number;
  history: { status: number | null; fault: string | null }[];
}

interface Body {
  type: string;
  data: {
    event: { id: string; properties?: Record<string, unknown> };
    profile: Record<string, unknown>;
  };
}

export interface WebhookDesk {
  /** An address of its own for each test, that listens to `listens`. */
  listen: (path: string, listens: object[], more?: object) => Promise<Endpoint>;
  /** What was posted there, once there is that much. */
  posts: (path: string, count: number) => Promise<WebhookRequest[]>;
  deliveries: (endpoint: Endpoint, query?: string) => Promise<Delivery[]>;
  /** One that has come to this status. */
  settled: (endpoint: Endpoint, status: string) => Promise<Delivery>;
}

const POSTED_MS = 30_000;

export const at = (endpoint: Pick<Endpoint, 'id'>): string =>
  `/v1/webhook-endpoints/${endpoint.id}`;

export const bodyOf = (post: WebhookRequest): Body => JSON.parse(post.rawBody.toString()) as Body;
export const idOf = (post: WebhookRequest): string => String(post.headers['webhook-id']);

/** What tests do with webhooks by the API; `kairos` and `sink` are asked for when they are needed. */
export function webhookDesk(kairos: () => WholeKairos, sink: () => WebhookSink): WebhookDesk {
  async function deliveries(endpoint: Endpoint, query = ''): Promise<Delivery[]> {
    const route = `${at(endpoint)}/deliveries?limit=1000${query}`;
    return (await kairos().call<{ data: Delivery[] }>('GET', route)).data;
  }
  return {
    listen(path, listens, more = {}) {
      const said = { url: `${sink().url}${path}`, listens, ...more };
      return kairos().call<Endpoint>('POST', '/v1/webhook-endpoints', said);
    },
    posts: (path, count) =>
      kairos().until(
        `${String(count)} posts to ${path}`,
        () => {
          const seen = sink().to(path);
          return Promise.resolve(seen.length >= count ? seen : null);
        },
        POSTED_MS,
      ),
    deliveries,
    settled: (endpoint, status) =>
      kairos().until(`a delivery that is ${status}`, async () => {
        const [first] = await deliveries(endpoint, `&status=${status}`);
        return first ?? null;
      }),
  };
}
