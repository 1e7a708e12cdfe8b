import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { compactVerify, createRemoteJWKSet } from 'jose';
import { Binary } from 'mongodb';
import { createReportSigner } from '#platform/sign-report.ts';
import { sendsOf } from '#sends/send-document.ts';
import { WholeKairos } from './support/whole-kairos.ts';

/** What somebody invented is called and says: each a word that stands nowhere else. */
const PERSON = {
  external: 'kunde-4410',
  old: 'kundin-3307',
  anonymous: 'browser-ek77',
  email: 'ottilie.brandauer@shop.example',
  phone: '+4930777123',
  name: 'Brandauer',
  device: 'device-token-ob12',
  gift: 'Karte-fuer-den-Onkel',
} as const;
const SECRETS = Object.values(PERSON).map((secret) => secret.toLowerCase());

/** More events than are deleted at once, so that a kill meets an erasure under way. */
const EVENTS = 1_500;
const BATCH = 500;

const LETTER = {
  en: {
    email: { subject: 'Hello', html: '<p>{{ links.unsubscribe }}</p>' },
    inbox: { title: 'Your cart', body: '{{ entry.properties.cart_id }}' },
  },
};
const JOURNEY = {
  key: 'cart',
  name: 'Cart',
  entry: { event: 'Product Added', key: 'properties.cart_id', reentry: 'always' },
  start: 'show',
  steps: {
    show: { send: { template: 'letter', channel: 'inbox' }, next: 'write' },
    write: { send: { template: 'letter', channel: 'email' }, next: 'wait' },
    wait: { waitFor: { event: 'Cart Viewed', timeout: 'P1D' }, next: 'leave' },
    leave: { end: 'done' },
  },
};

/** Somebody of the shop is to ring, and is told why. */
const RING = {
  key: 'ring',
  name: 'Ring',
  entry: { event: 'Order Completed' },
  start: 'ring',
  steps: {
    ring: {
      task: {
        ...{ kind: 'sales', title: 'Ring', due: 'P1D', outcomes: ['reached'] },
        note: '{{ entry.properties.note }}',
      },
      next: 'leave',
    },
    leave: { end: 'done' },
  },
};

interface Erasure {
  id: string;
  status: string;
  completedAt: string | null;
  profiles: string[];
  deleted: Record<string, number>;
  workflowHistories: number;
  kept: { suppressions: number; identities: number };
  namedIn: { segments: string[] };
  jws: string | null;
}

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('erasure', { env: { KAIROS_COUNTRY: 'DE' } });
  await kairos.call('PUT', '/v1/templates/letter', { key: 'letter', languages: LETTER });
  await kairos.publish(JOURNEY);
  await kairos.publish(RING);
}, 120_000);
afterAll(() => kairos.stop());

/** A customer has done much, was two once, and is on the way through a journey. */
async function live(): Promise<void> {
  const { external: userId, old, anonymous: anonymousId, email, phone, name, gift } = PERSON;
  const traits = { email, phone, last_name: name };
  const context = { device: { token: PERSON.device } };
  await kairos.track('identify', { userId: old, traits: { last_name: name } });
  await kairos.track('identify', { userId, anonymousId, traits, context });
  await kairos.call('POST', '/v1/merges', { keep: `external:${userId}`, merge: `external:${old}` });
  const order = { order_id: 'o-1', revenue: 5, note: gift };
  await kairos.track('track', { userId, event: 'Order Completed', properties: order });
  for (let from = 0; from < EVENTS; from += BATCH) {
    const batch = Array.from({ length: BATCH }, () => ({
      ...{ type: 'track', userId, event: 'Looked', properties: { note: gift } },
    }));
    await kairos.track('batch', { batch });
  }
  const condition = { attribute: 'email', is: email };
  await kairos.call('PUT', '/v1/segments/her', { name: 'Her', condition });
  const properties = { cart_id: gift };
  await kairos.track('track', { userId, event: 'Product Added', properties });
  // Asked for by itself, and on its way for a day: until then it knows what it is to show.
  const cascade = [{ channel: 'email', patience: 'P1D' }];
  await kairos.call('POST', '/v1/messages', {
    ...{ to: `external:${userId}`, template: 'letter', cascade, until: 'clicked' },
    data: { note: gift },
  });
  await kairos.until('the run to wait', async () => {
    const [run] = await kairos.runs(`journey=cart&profile=external:${userId}`);
    return run?.path.some(({ step }) => step === 'write') === true ? true : null;
  });
  await kairos.until('the task', async () => kairos.mongo.db.collection('tasks').findOne());
  await kairos.until('the segment and the receipt', async () => {
    const { status, size } = await kairos.call<{ status: string; size: number }>(
      'GET',
      '/v1/segments/her',
    );
    const messages = await kairos.messages(`profile=external:${userId}`);
    const mails = messages.filter((one) => one.channel === 'email' && one.status === 'delivered');
    return status === 'live' && size === 1 && mails.length === 2 ? true : null;
  });
  await kairos.until('all events', async () => {
    const pending = await kairos.mongo.collections.events.countDocuments({ pending: true });
    return pending === 0 ? true : null;
  });
}

const read = (id: string): Promise<Erasure> => kairos.call<Erasure>('GET', `/v1/erasures/${id}`);

function isSaid(value: unknown): boolean {
  const text = value instanceof Binary ? '' : JSON.stringify(value);
  return SECRETS.some((secret) => text.toLowerCase().includes(secret));
}

/** Every document that names her, of whatever collection; the segment is the shop's own word. */
async function traces(): Promise<string[]> {
  const found: string[] = [];
  for (const { name } of await kairos.mongo.db.listCollections().toArray()) {
    for await (const document of kairos.mongo.db.collection(name).find()) {
      if (name !== 'segments' && isSaid(document)) found.push(`${name}: ${String(document._id)}`);
    }
  }
  return found;
}

/** What a report says, checked as a stranger does who knows the shop's address and nothing else. */
async function checked(jws: string): Promise<unknown> {
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', kairos.url));
  const { payload } = await compactVerify(jws, keys, { algorithms: ['EdDSA'] });
  return JSON.parse(Buffer.from(payload).toString('utf8'));
}

describe('a person', () => {
  it('is given all that is kept of them, and is erased from all of it, whoever is killed meanwhile', async () => {
    await live();
    const identity = `/v1/profiles/email:${PERSON.email}`;
    const kept = await kairos.call<Record<string, unknown[]>>('POST', `${identity}/export`);
    expect(kept.events).toHaveLength(
      await kairos.mongo.collections.events.countDocuments({ profileId: /./ }),
    );
    expect(kept).toMatchObject({
      profile: { attributes: { email: PERSON.email }, identities: expect.any(Array) as unknown },
      orders: [{ orderId: 'o-1' }],
      runs: expect.arrayContaining([
        expect.objectContaining({ journey: 'cart' }),
        expect.objectContaining({ journey: 'ring' }),
      ]) as unknown,
      tasks: [{ note: PERSON.gift, status: 'open' }],
      messages: expect.arrayContaining([
        expect.objectContaining({ channel: 'inbox' }),
        expect.objectContaining({ channel: 'email' }),
      ]) as unknown,
      sends: [{ data: { note: PERSON.gift } }],
      siteMessages: [{ content: { body: PERSON.gift } }],
      mergedProfiles: [{ attributes: { last_name: PERSON.name } }],
    });
    const runIds = (await kairos.runs('status=running')).map(({ id }) => id);
    expect(runIds).toHaveLength(2);
    const sent = (await sendsOf(kairos.mongo.db).findOne())?._id ?? '';
    expect(await traces()).not.toEqual([]);

    await kairos.kill('worker');
    const { id } = await kairos.call<Erasure>('POST', `${identity}/erase`);
    // From the answer on nobody is known by that name.
    await expect(kairos.call('GET', identity)).rejects.toThrow('404');
    kairos.run('worker');
    await kairos.until('events to go', async () => {
      const { deleted } = await read(id);
      return (deleted.events ?? 0) > 0 ? true : null;
    });
    await kairos.kill('worker');
    kairos.run('worker');
    const done = await kairos.until('the erasure', async () => {
      const erasure = await read(id);
      return erasure.status === 'completed' ? erasure : null;
    });

    expect(await traces()).toEqual([]);
    expect(done.deleted).toMatchObject({ profiles: 2, orders: 1, runs: 2, merges: 1, messages: 3 });
    expect(done.deleted).toMatchObject({ tasks: 1, siteMessages: 1, sends: 1 });
    // Counted once each, though it was done in two halves.
    expect(done.deleted.events).toBe(kept.events?.length);
    expect(done.kept.suppressions).toBe(4);
    expect(done.namedIn).toEqual({ segments: ['her'] });
    expect(done.workflowHistories).toBe(3);
    for (const runId of [...runIds, `kairos.message/${sent}`]) {
      await expect(kairos.temporal.workflow.getHandle(runId).describe()).rejects.toThrow();
    }
    const { jws, ...shown } = done;
    expect(await checked(jws ?? '')).toEqual(shown);
    const invented = createReportSigner('a-secret-of-somebody-else').sign(shown);
    await expect(checked(invented)).rejects.toThrow('no applicable key');
    // Asked again by the id that leads to nobody, it is the same erasure.
    const again = await kairos.call<Erasure>(
      'POST',
      `/v1/profiles/${done.profiles[0] ?? ''}/erase`,
    );
    expect(again.id).toBe(id);
    const repeat = await kairos.call<Erasure>('POST', `${identity}/erase`);
    expect(repeat.id).toBe(id);
  }, 180_000);

  it('does not come back by what happened before, and is a new customer with what happens after', async () => {
    const { email, external: userId } = PERSON;
    const before = new Date(Date.now() - 3_600_000).toISOString();
    const late = { userId, event: 'Looked', timestamp: before, properties: { note: PERSON.gift } };
    await expect(kairos.track('track', late)).rejects.toThrow('erased');
    // A file of orders of before says why its row is left out.
    const rows = `order_id,external_id,at,product_id,quantity,price\nO7,${userId},2026-01-02,p,1,5\n`;
    const headers = {
      authorization: `Bearer ${kairos.environment.KAIROS_ADMIN_KEY ?? ''}`,
      'content-type': 'text/csv',
    };
    const url = `${kairos.url}/v1/imports?as=orders`;
    const made = await fetch(url, { method: 'POST', headers, body: rows });
    const { id } = (await made.json()) as { id: string };
    const file = await kairos.until('the file', async () => {
      const now = await kairos.call<{ status: string }>('GET', `/v1/imports/${id}`);
      return now.status === 'running' ? null : now;
    });
    expect(file).toMatchObject({ rows: 1, accepted: 0, rejected: 1 });
    expect(JSON.stringify(file)).toContain('erased');
    expect(await traces()).toEqual([]);
    await kairos.track('identify', { userId, traits: { email } });
    await kairos.until('the new customer', async () => {
      const found = await kairos.call('GET', `/v1/profiles/external:${userId}`).catch(() => null);
      return found;
    });
    // Late words are nothing to the new customer, either.
    await expect(kairos.track('track', { ...late, messageId: 'late-2' })).rejects.toThrow('erased');
    await kairos.track('track', { userId, event: 'Product Added', properties: { cart_id: 'c' } });
    const refused = await kairos.until('the message', async () => {
      const [message] = await kairos.messages(`profile=external:${userId}`);
      return message?.reason === 'suppressed' ? message : null;
    });
    expect(refused.details).toEqual({ scope: 'marketing' });
    expect(await kairos.inbox(email)).toHaveLength(2);
  });
});
