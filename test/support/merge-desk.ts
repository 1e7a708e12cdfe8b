import type { WholeKairos } from './whole-kairos.ts';

export interface MergedProfile {
  id: string;
  identities: string[];
  attributes: Record<string, unknown>;
  traits: { orders_count: number; total_spent: number };
  consents: Record<string, { granted: boolean }>;
}

export interface Merge {
  id: string;
  changes: {
    what: string;
    name: string;
    keep: unknown;
    merge: unknown;
    result: unknown;
    wins: string;
    why: string;
  }[];
}

export interface MergeDesk {
  profile: (identity: string) => Promise<MergedProfile>;
  merge: (body: object) => Promise<Merge>;
  undo: (id: string) => Promise<{ undoneAt: string | null }>;
  /** What is there of a customer once all that was said is applied. */
  applied: (identity: string, eventCount: number) => Promise<MergedProfile>;
  order: (userId: string, orderId: string, revenue: number) => Promise<void>;
  consent: (identity: string, granted: boolean) => Promise<unknown>;
  /** Two customers, each with an attribute, an order and a consent. */
  twoCustomers: (one: string, two: string) => Promise<[MergedProfile, MergedProfile]>;
}

/** What tests do with merges by the API; `kairos` is asked for when it is needed. */
export function mergeDesk(kairos: () => WholeKairos): MergeDesk {
  const profile: MergeDesk['profile'] = (identity) =>
    kairos().call('GET', `/v1/profiles/${encodeURIComponent(identity)}`);
  const applied: MergeDesk['applied'] = async (identity, eventCount) => {
    const path = `/v1/profiles/${encodeURIComponent(identity)}`;
    await kairos().until(`${String(eventCount)} events of ${identity}`, async () => {
      const { data } = await kairos().call<{ data: { state: string }[] }>('GET', `${path}/events`);
      const done = data.filter(({ state }) => state !== 'accepted');
      return done.length >= eventCount ? true : null;
    });
    return profile(identity);
  };
  const order: MergeDesk['order'] = (userId, order_id, revenue) =>
    kairos().track('track', {
      userId,
      event: 'Order Completed',
      properties: { order_id, revenue, currency: 'USD' },
    });
  const consent: MergeDesk['consent'] = (identity, granted) =>
    kairos().call('PUT', `/v1/profiles/${identity}/consents/email`, { granted, source: 'form' });
  return {
    ...{ profile, applied, order, consent },
    merge: (body) => kairos().call('POST', '/v1/merges', body),
    undo: (id) => kairos().call('POST', `/v1/merges/${id}/undo`),
    async twoCustomers(one, two) {
      for (const [userId, city, revenue] of [
        [one, 'Kyiv', 10],
        [two, 'Lviv', 20],
      ] as const) {
        await kairos().track('identify', { userId, traits: { city } });
        await order(userId, `order-of-${userId}`, revenue);
        await consent(`external:${userId}`, userId === one);
      }
      return [await applied(`external:${one}`, 3), await applied(`external:${two}`, 3)];
    },
  };
}

/** What a merge and its undoing must leave as it was. */
export function facts({ id, identities, attributes, traits, consents }: MergedProfile): unknown {
  const { orders_count, total_spent } = traits;
  const emails = consents.email?.granted;
  return { id, identities, attributes, orders_count, total_spent, emails };
}
