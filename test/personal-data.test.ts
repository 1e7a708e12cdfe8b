import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { EMAIL_HASH, PERSON, placesIn, type Place } from './support/invented-person.ts';
import { JOURNEY, NOTE, NOTED, told, ASKED } from './support/personal-journeys.ts';
import { WebhookSink } from './support/webhook-sink.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const SHOP = (process.env.KAIROS_TEST_MONGODB_URI ?? '').replace(/\/(\?|$)/, '/shop_of_wq$1');

let kairos: WholeKairos;
let shop: MongoClient;
let receiver: WebhookSink;
beforeAll(async () => {
  shop = await new MongoClient(SHOP).connect();
  kairos = await WholeKairos.start('personal-data', {
    env: { KAIROS_LOG_LEVEL: 'trace', KAIROS_COUNTRY: 'DE', KAIROS_SOURCE_SHOP: SHOP },
  });
  await kairos.putLibraryTemplates('cart-reminder');
  await kairos.publish(JOURNEY);
  await kairos.publish(ASKED);
  await kairos.call('PUT', '/v1/templates/note', NOTE);
  await kairos.publish(NOTED);
  receiver = await WebhookSink.start();
  receiver.answer = ({ rawBody }) => ({ status: 200, json: JSON.parse(rawBody.toString()) });
  await kairos.publish(told(receiver.url));
  await live();
  await look();
  await pulled();
  await file();
}, 180_000);
afterAll(async () => {
  await kairos.stop();
  await receiver.close();
  await shop.db().dropDatabase();
  await shop.close();
});

/** A customer does everything a customer can do, and the shop everything with a customer. */
async function live(): Promise<void> {
  const { external: userId, anonymous: anonymousId, email, phone } = PERSON;
  const { firstName, lastName, street, device: token, gift } = PERSON;
  const traits = { email, phone, first_name: firstName, last_name: lastName, street };
  const context = { device: { token }, consent: { categoryPreferences: { email: true } } };
  const bounce = { channel: 'email', to: email, outcome: 'bounce', afterMs: 0 } as const;
  await kairos.rules(bounce, { channel: 'push', to: token, outcome: 'reject' });
  await kairos.track('track', { anonymousId, event: 'Looked', context });
  await kairos.track('identify', { userId, anonymousId, traits, context });
  const order = { order_id: 'o-1', revenue: 5, note: gift };
  await kairos.track('track', { userId, event: 'Order Completed', properties: order });
  const said = { product_id: 'p-1', name: gift, url: 'https://shop.example/1', price: 5 };
  const properties = { cart_id: PERSON.cart, ...said };
  await kairos.track('track', { userId, event: 'Product Added', properties });
  // Another customer of the same family: a conflict, and a merge by hand.
  await kairos.track('identify', {
    userId: PERSON.other,
    traits: { ...traits, street: 'elsewhere' },
  });
  const path = `/v1/profiles/external:${userId}`;
  const consent = { granted: true, source: 'shop', text: PERSON.words };
  await kairos.call('PUT', `${path}/consents/sms`, consent);
  await kairos.call('PUT', `${path}/preferences`, { wish: PERSON.wish });
  await kairos.until('the bounce', async () => {
    const messages = await kairos.messages(`profile=external:${userId}`);
    return messages.some(({ status }) => status === 'bounced') ? true : null;
  });
  await kairos.until('what waits on the shop’s pages', async () =>
    kairos.mongo.collections.siteMessages.findOne(),
  );
  const task = await kairos.until('the task', async () => {
    const { data } = await kairos.call<{ data: { id: string }[] }>('GET', '/v1/tasks');
    return data[0] ?? null;
  });
  const went = { outcome: 'reached', note: `Wants ${gift}` };
  await kairos.call('POST', `/v1/tasks/${task.id}/complete`, went);
  // A phone that was gone, and is seen again.
  await kairos.rules(bounce);
  await kairos.track('track', { userId, event: 'Looked', context });
  await kairos.call('POST', '/v1/profiles/search', { identity: email });
  await kairos.call('POST', '/v1/profiles/search', { namePrefix: lastName });
  await kairos.call('POST', '/v1/support', { identity: email });
  await kairos.call('POST', '/v1/journeys/asked/runs', { profile: `email:${email}`, properties });
  // Asked for twice, as by a client that heard no answer.
  const pair = { keep: `external:${userId}`, merge: `external:${PERSON.other}` };
  const answers = [await merged(pair), await merged(pair)];
  expect(JSON.stringify(answers[0])).toContain(street);
  expect(answers[1]).toEqual(answers[0]);
}

async function merged(body: object): Promise<unknown> {
  const answer = await fetch(`${kairos.url}/v1/merges`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${kairos.environment.KAIROS_ADMIN_KEY ?? ''}`,
      'content-type': 'application/json',
      'idempotency-key': 'merge-of-a-family',
    },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  return answer.json();
}

/** A segment names her, and she is reckoned again from her events. */
async function look(): Promise<void> {
  const { email, phone, external } = PERSON;
  const condition = {
    any: [
      { attribute: 'email', is: email },
      { attribute: 'phone', is: phone },
    ],
  };
  await kairos.call('PUT', '/v1/segments/her', { name: 'Her', condition });
  await kairos.until('the filling', async () => {
    const { status } = await kairos.call<{ status: string }>('GET', '/v1/segments/her');
    return status === 'live' ? true : null;
  });
  const { id } = await kairos.call<{ id: string }>('POST', '/v1/reconciles', {
    identities: [`external:${external}`],
  });
  await kairos.until('the reconcile', async () => {
    const { status } = await kairos.call<{ status: string }>('GET', `/v1/reconciles/${id}`);
    return status === 'completed' ? true : null;
  });
}

/** A source is read twice whose rows are told apart by address. */
async function pulled(): Promise<void> {
  const people = shop.db().collection('people');
  await people.insertOne({ mail: PERSON.email, at: new Date('2026-03-08T10:00:00.000Z') });
  await kairos.call('PUT', '/v1/sources/people', {
    ...{ kind: 'mongodb', connection: 'SHOP', collection: 'people', as: 'profiles' },
    cursor: { column: 'at', key: 'mail' },
    map: { email: 'mail' },
  });
  for (const done of [1, 2]) {
    await kairos.call('POST', '/v1/sources/people/pull');
    await kairos.until(`pull ${String(done)}`, async () => {
      const { data } = await kairos.call<{ data: { status: string }[] }>(
        'GET',
        '/v1/sources/people/pulls',
      );
      return data.length === done && data.every(({ status }) => status === 'completed')
        ? true
        : null;
    });
  }
}

/** Files are left half read: without a worker what they say is not applied. */
async function file(): Promise<void> {
  const { email, external, lastName, gift } = PERSON;
  const row = `${external},${email},${lastName},not a number of ${lastName},${gift}`;
  const rows = `external_id,email,name,phone,note\n${row}\n`;
  const lines = `order_id,external_id,at,product_id,quantity,price,name\nO7,${external},2026-01-02,p,1,5,${gift}\n`;
  // Of a process's two lanes this one is free again before the others are left.
  const { id } = await upload('profiles', rows);
  await kairos.until('the end of the first file', async () => {
    const { status } = await kairos.call<{ status: string }>('GET', `/v1/imports/${id}`);
    return status === 'running' ? null : true;
  });
  await kairos.kill('worker');
  await asked();
  await upload('orders', lines);
  await upload('audience&segment=theirs', `hash\n${EMAIL_HASH}\n`);
  await kairos.until('the lines and hashes of the files', async () => {
    const counts = ['importLines', 'importHashes'].map((name) =>
      kairos.mongo.db.collection(name).countDocuments(),
    );
    return (await Promise.all(counts)).every((count) => count > 0) ? true : null;
  });
}

/** She is sent something by itself, which nobody works off any more. */
async function asked(): Promise<void> {
  const { email: to, gift: name } = PERSON;
  const wanted = { to: `email:${to}`, template: 'cart-reminder', channel: 'email', data: { name } };
  expect(await kairos.call('POST', '/v1/messages', wanted)).toMatchObject({ status: 'pending' });
}

async function upload(as: string, body: string): Promise<{ id: string }> {
  const answer = await fetch(`${kairos.url}/v1/imports?as=${as}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${kairos.environment.KAIROS_ADMIN_KEY ?? ''}`,
      'content-type': 'text/csv',
    },
    body,
  });
  expect([as, answer.status]).toEqual([as, 202]);
  return (await answer.json()) as { id: string };
}

/** Every place in every collection, whatever it is called and whoever made it. */
async function placesInMongo(): Promise<Set<Place>> {
  const found = new Set<Place>();
  for (const { name } of await kairos.mongo.db.listCollections().toArray()) {
    for await (const document of kairos.mongo.db.collection(name).find()) {
      for (const place of placesIn(document, name)) found.add(place);
    }
  }
  return found;
}

/** What docs/privacy.md lists: `collection.field`. */
async function listed(): Promise<Place[]> {
  const text = await readFile('docs/privacy.md', 'utf8');
  const [, section = ''] = text.split('## Where a person’s data is');
  const rows = section.split('\n## ')[0]?.match(/^\| `.*$/gm) ?? [];
  return rows.flatMap((row) => {
    const [, collection = '', fields = ''] = row.split('|');
    const name = collection.trim().replaceAll('`', '');
    return [...fields.matchAll(/`([^`]+)`/g)].map(([, field = '']) => `${name}.${field}`);
  });
}

const isWithin = (place: Place, whole: Place): boolean =>
  place === whole || place.startsWith(`${whole}.`);

describe('what is known of a person', () => {
  it('stands where docs/privacy.md says, and nowhere else in the database', async () => {
    const [places, list] = [[...(await placesInMongo())], await listed()];
    expect(list.length).toBeGreaterThan(10);
    const unlisted = places.filter((place) => !list.some((whole) => isWithin(place, whole)));
    expect(unlisted).toEqual([]);
    const empty = list.filter((whole) => !places.some((place) => isWithin(place, whole)));
    expect(empty).toEqual([]);
  });

  it('stands in collections of each of which docs/operations.md says how long it is kept', async () => {
    const text = await readFile('docs/operations.md', 'utf8');
    const [, table = ''] = text.split('| collection ');
    const rows = table.split('\n\n')[0]?.match(/^\| `[^|]*/gm) ?? [];
    const named = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
    const there = (await kairos.mongo.db.listCollections().toArray()).map(({ name }) => name);
    expect(there.filter((name) => !named.includes(name))).toEqual([]);
  });

  it('is not in Temporal: no history, no search attribute, no memo', async () => {
    let seen = 0;
    for await (const workflow of kairos.temporal.workflow.list()) {
      const { workflowId, runId } = workflow;
      const history = await kairos.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
      const text = JSON.stringify([workflowId, workflow.memo, history]);
      const decoded = text.replaceAll(/"([A-Za-z0-9+/=]{8,})"/g, (_, base64: string) =>
        Buffer.from(base64, 'base64').toString('utf8'),
      );
      for (const one of [text, decoded]) expect([...placesIn(one, workflowId)]).toEqual([]);
      seen += 1;
    }
    expect(seen).toBeGreaterThan(2);
  });

  it('is not in the logs, even at the level trace, nor in the metrics', async () => {
    const logs = (await kairos.logs()).join('\n');
    expect(logs.length).toBeGreaterThan(1_000);
    const lines = logs.split('\n').filter((line) => [...placesIn(line, 'log')].length > 0);
    expect(lines).toEqual([]);
    const headers = { authorization: `Bearer ${kairos.environment.KAIROS_ADMIN_KEY ?? ''}` };
    const metrics = await (await fetch(`${kairos.url}/metrics`, { headers })).text();
    expect(metrics).toContain('kairos_');
    expect([...placesIn(metrics, 'metrics')]).toEqual([]);
  });
});
