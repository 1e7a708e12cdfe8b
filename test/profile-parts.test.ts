import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WholeKairos } from './support/whole-kairos.ts';

interface List<T> {
  data: T[];
  next: string | null;
}
interface Told {
  name: string;
  value: unknown;
  at: string;
  source: string | null;
}

const BROWSER_KEY = 'browser-key-of-the-profile-test';
const ANNA = '/v1/profiles/external:anna';

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('profile-parts', { env: { KAIROS_BROWSER_KEY: BROWSER_KEY } });
}, 120_000);
afterAll(() => kairos.stop());

const get = <T>(path: string): Promise<T> => kairos.call<T>('GET', path);

/** As a page of the shop does. */
async function fromBrowser(body: object): Promise<void> {
  const answer = await fetch(`${kairos.url}/v1/identify`, {
    method: 'POST',
    headers: {
      ...kairos.trackingHeaders,
      authorization: `Basic ${Buffer.from(`${BROWSER_KEY}:`).toString('base64')}`,
    },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}

async function imported(csv: string): Promise<string> {
  const answer = await fetch(`${kairos.url}/v1/imports?as=profiles`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${kairos.environment.KAIROS_ADMIN_KEY ?? ''}`,
      'content-type': 'text/csv',
    },
    body: csv,
  });
  const { id } = (await answer.json()) as { id: string };
  await kairos.until('the end of the import', async () => {
    const { status } = await get<{ status: string }>(`/v1/imports/${id}`);
    return status === 'completed' ? true : null;
  });
  return id;
}

/** Anna's attributes once one of them is known. */
async function attributes(name: string): Promise<Map<string, Told>> {
  return kairos.until(`the attribute ${name}`, async () => {
    const list = await get<List<Told>>(`${ANNA}/attributes`).catch(() => ({ data: [] }));
    const byName = new Map(list.data.map((one) => [one.name, one]));
    return byName.has(name) ? byName : null;
  });
}

describe('a profile, part by part', () => {
  it('says of each attribute when it was told and by whom, also after a merge and its undoing', async () => {
    const at = '2026-01-02T03:04:05.000Z';
    const traits = { city: 'Lviv', size: 'M', pet: null };
    await kairos.track('identify', { userId: 'anna', traits, timestamp: at });
    await attributes('pet');
    await fromBrowser({ userId: 'anna', anonymousId: 'tablet', traits: { colour: 'red' } });
    const importId = await imported('external_id,size,shop\nanna,L,north\n');
    const expected = {
      city: { value: 'Lviv', at, source: 'server' },
      pet: { value: null, at, source: 'server' },
      colour: { value: 'red', source: 'browser' },
      size: { value: 'L', source: `import:${importId}` },
      shop: { value: 'north', source: `import:${importId}` },
    };
    const before = await attributes('shop');
    expect(Object.fromEntries(before)).toMatchObject(expected);
    const { told } = await get<{ told: Record<string, Told> }>(ANNA);
    expect(told.city).toEqual({ at, source: 'server' });
    expect(told).not.toHaveProperty('pet');

    await imported('external_id,city\nbea,Kyiv\n');
    const merge = { keep: 'external:anna', merge: 'external:bea' };
    const { id } = await kairos.call('POST', '/v1/merges', merge);
    const merged = await attributes('city');
    expect(merged.get('city')).toMatchObject({ value: 'Kyiv' });
    expect(merged.get('city')?.source).toMatch(/^import:/);
    expect(merged.get('shop')).toEqual(before.get('shop'));
    await kairos.call('POST', `/v1/merges/${String(id)}/undo`);
    expect(await attributes('city')).toEqual(before);
  });

  it('lists identities with when each was first seen and who vouches for it', async () => {
    interface Identity {
      id: string;
      kind: string;
      value: string;
      firstSeenAt: string;
      own: boolean;
      proven: boolean;
    }
    const first = await get<List<Identity>>(`${ANNA}/identities?limit=1`);
    expect(first.data).toMatchObject([
      { id: 'anonymous:tablet', kind: 'anonymous', value: 'tablet', own: false, proven: false },
    ]);
    const second = await get<List<Identity>>(`${ANNA}/identities?cursor=${first.next ?? ''}`);
    expect(second).toMatchObject({ data: [{ id: 'external:anna', own: true, proven: true }] });
    const seen = [...first.data, ...second.data].map(({ firstSeenAt }) => Date.parse(firstSeenAt));
    expect(seen[0]).toBeGreaterThan(seen[1] ?? Infinity);
  });

  it('proves a consent: what was said on each channel, where, in which words, and before that', async () => {
    const said = {
      granted: true,
      source: 'checkout',
      text: 'Yes, write me',
      textVersion: '2026-03',
    };
    await kairos.call('PUT', `${ANNA}/consents/email`, said);
    await kairos.call('PUT', `${ANNA}/consents/sms`, { granted: true, source: 'shop' });
    await kairos.call('PUT', `${ANNA}/consents/email`, { granted: false, source: 'support' });
    expect(await get(`${ANNA}/consents`)).toMatchObject({
      data: [
        { channel: 'email', granted: false, source: 'support' },
        { channel: 'sms', granted: true, source: 'shop' },
      ],
    });
    const history = await get<List<{ eventId: string }>>(`${ANNA}/consents/email`);
    expect(history.data).toMatchObject([
      { granted: false, by: 'admin' },
      { ...said, by: 'admin' },
    ]);
  });

  it('shows what the customer did apart from what the shop and Kairos did', async () => {
    await kairos.call('PUT', '/v1/segments/list', { name: 'A list', static: true });
    await kairos.call('POST', '/v1/segments/list/members', { add: ['external:anna'] });
    await kairos.until('what Kairos told', async () => {
      const all = await get<List<object>>(`${ANNA}/events?name=Segment%20Entered`);
      return all.data.length === 1 ? true : null;
    });
    type Names = List<{ name: string; system: boolean }>;
    const told = await get<Names>(`${ANNA}/events?system=true`);
    expect(told.data.every(({ system }) => system)).toBe(true);
    expect(told.data.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Segment Entered', 'Consent Granted']),
    );
    const did: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Names = await get<Names>(`${ANNA}/events?system=false&limit=1&cursor=${cursor}`);
      did.push(...page.data.map(({ name }) => name));
      cursor = page.next;
    }
    // By the server, by the browser, and by a file.
    expect(did).toEqual(['Identified', 'Identified', 'Identified']);
  });

  it('lists orders, and leads from part to part without an address in any URL', async () => {
    const order = (order_id: string, revenue: number, day: string): object => ({
      userId: 'anna',
      event: 'Order Completed',
      timestamp: `2026-02-${day}T00:00:00.000Z`,
      properties: { order_id, revenue, currency: 'EUR' },
    });
    await kairos.track('batch', {
      batch: [order('o1', 10.5, '01'), order('o2', 20, '02')].map((one) => ({
        type: 'track',
        ...one,
      })),
    });
    const orders = await kairos.until('both orders', async () => {
      const list = await get<List<object>>(`${ANNA}/orders`);
      return list.data.length === 2 ? list : null;
    });
    expect(orders.data).toMatchObject([
      { order_id: 'o2', revenue: 20, refunded: 0, currency: 'EUR', completed: true },
      { order_id: 'o1', revenue: 10.5, at: '2026-02-01T00:00:00.000Z' },
    ]);
    const { links } = await get<{ links: Record<string, string> }>(ANNA);
    expect(Object.values(links).join()).not.toContain('anna');
    for (const link of Object.values(links)) expect(await get(link)).toBeInstanceOf(Object);
    const explained = await get(links.explain ?? '');
    expect(explained).toMatchObject({ runs: [], notEntered: [] });
  });

  it('knows nobody by an identity that nobody has', async () => {
    const parts = ['attributes', 'identities', 'consents', 'consents/email', 'orders', 'explain'];
    for (const part of parts) {
      await expect(get(`/v1/profiles/external:nobody/${part}`)).rejects.toThrow('404');
    }
  });
});
