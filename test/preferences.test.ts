import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebhookSink } from './support/webhook-sink.ts';
import { WholeKairos } from './support/whole-kairos.ts';

interface State {
  preferences: Record<string, unknown>;
  revision: number;
  updatedAt: string | null;
}
interface Answer {
  status: number;
  etag: string | null;
  body: State & { detail?: string; errors?: { pointer: string }[] };
}

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('preferences');
  await kairos.call('PUT', '/v1/segments/dark', {
    name: 'Friends of the night',
    condition: { preference: 'theme', is: 'dark' },
  });
}, 120_000);
afterAll(() => kairos.stop());

async function customer(userId: string): Promise<string> {
  await kairos.track('identify', { userId, traits: { city: 'Lviv' } });
  return `/v1/profiles/external:${userId}/preferences`;
}

async function say(
  method: 'GET' | 'PUT' | 'PATCH',
  path: string,
  body?: object,
  more: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(`${kairos.url}${path}`, {
    method,
    headers: {
      authorization: 'Bearer admin-key-of-whole-kairos',
      'content-type': 'application/json',
      ...more,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const etag = answer.headers.get('etag');
  return { status: answer.status, etag, body: (await answer.json()) as Answer['body'] };
}

describe('preferences', () => {
  it('are put, changed and read by the shop’s other services, and read right after', async () => {
    const path = await customer('anna');
    expect((await say('GET', path)).body).toEqual({
      preferences: {},
      revision: 0,
      updatedAt: null,
    });
    const said = { channels: ['push', 'email'], topics: ['offers'], maxPerWeek: 2, theme: 'dark' };
    const put = await say('PUT', path, said);
    expect(put).toMatchObject({ status: 200, body: { preferences: said, revision: 1 } });
    const patched = await say('PATCH', path, { theme: null, language: 'de', maxPerWeek: 1 });
    const { theme: _, ...rest } = said;
    const expected = { ...rest, language: 'de', maxPerWeek: 1 };
    expect(patched.body).toMatchObject({ preferences: expected, revision: 2 });
    expect(await say('GET', path)).toEqual(patched);
    const profile = await kairos.call('GET', '/v1/profiles/external:anna');
    expect(profile).toMatchObject({ preferences: expected, language: 'de' });
    const { data } = await kairos.call<{ data: unknown[] }>(
      'GET',
      '/v1/profiles/external:anna/events?name=Preferences%20Changed',
    );
    expect(data).toHaveLength(2);
  });

  it('are changed on condition that nobody changed them since', async () => {
    const path = await customer('bert');
    const { etag } = await say('PUT', path, { theme: 'dark' });
    const match = { 'if-match': etag ?? '' };
    // Several at once: one of them was first, and the others are told.
    const all = await Promise.all([1, 2, 3, 4].map((size) => say('PATCH', path, { size }, match)));
    expect(all.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    const won = all.find(({ status }) => status === 200);
    expect((await say('GET', path)).body).toEqual(won?.body);
    expect((await say('PATCH', path, { size: 9 }, match)).body.detail).toMatch(/read them again/);
    const fresh = { 'if-match': won?.etag ?? '' };
    expect((await say('PATCH', path, { size: 9 }, fresh)).status).toBe(200);
    expect((await say('PATCH', path, { size: 8 }, { 'if-match': '*' })).status).toBe(200);
  });

  it('tell webhooks of what was changed, and not of what was refused', async () => {
    const sink = await WebhookSink.start();
    const listens = [{ event: 'Preferences Changed' }];
    const { id } = await kairos.call<{ id: string }>('POST', '/v1/webhook-endpoints', {
      ...{ url: `${sink.url}/preferences`, listens },
    });
    const path = await customer('emma');
    const { etag } = await say('PUT', path, { size: 0 });
    const match = { 'if-match': etag ?? '' };
    await Promise.all([1, 2, 3, 4].map((size) => say('PATCH', path, { size }, match)));
    await say('PATCH', path, { size: 5 });
    const route = `/v1/webhook-endpoints/${id}/deliveries`;
    const { data } = await kairos.call<{ data: { event: string }[] }>('GET', route);
    expect(data.map(({ event }) => event)).toEqual(Array(3).fill('Preferences Changed'));
    await sink.close();
  });

  it('bring people into segments and out of them', async () => {
    const path = await customer('cleo');
    const isIn = async (): Promise<boolean> => {
      const { data } = await kairos.call<{ data: { key: string }[] }>(
        'GET',
        '/v1/profiles/external:cleo/segments',
      );
      return data.some(({ key }) => key === 'dark');
    };
    await say('PATCH', path, { theme: 'dark' });
    expect(await isIn()).toBe(true);
    const why = await kairos.call('GET', '/v1/profiles/external:cleo/segments/dark/why');
    expect(why).toMatchObject({ holds: true, condition: { found: 'theme is "dark".' } });
    await say('PUT', path, {});
    expect(await isIn()).toBe(false);
  });

  it('come along with a merge, and are each one’s own again once it is undone', async () => {
    const [dora, emil] = [await customer('dora'), await customer('emil')];
    await say('PUT', dora, { theme: 'light', size: 'S' });
    const before = await say('PUT', emil, { theme: 'blue' });
    const merge = await kairos.call<{ id: string }>('POST', '/v1/merges', {
      keep: 'external:dora',
      merge: 'external:emil',
    });
    const both = await say('GET', emil);
    expect(both.body.preferences).toEqual({ theme: 'blue', size: 'S' });
    expect(both.body.revision).toBeGreaterThan(before.body.revision);
    // Said of both under a condition: it stands with the one of whom it was said.
    const match = { 'if-match': both.etag ?? '' };
    expect((await say('PATCH', emil, { pet: 'cat' }, match)).status).toBe(200);
    await kairos.call('POST', `/v1/merges/${merge.id}/undo`);
    expect((await say('GET', emil)).body.preferences).toEqual({ theme: 'blue', pet: 'cat' });
    const parted = await say('GET', dora);
    expect(parted.body.preferences).toEqual({ theme: 'light', size: 'S' });
    expect((await say('PATCH', dora, { size: 'L' }, match)).status).toBe(412);
  });

  it('are refused with every fault named, and change nothing', async () => {
    const path = await customer('fred');
    await say('PUT', path, { theme: 'dark' });
    const bad = await say('PATCH', path, { zone: 'Mars', 'a.b': 1, size: 'M' });
    expect(bad.status).toBe(422);
    expect(bad.body.errors?.map(({ pointer }) => pointer)).toEqual(['#/zone', '#/a.b']);
    const names = Array.from({ length: 100 }, (_, n) => [`n${String(n)}`, n]);
    const full = await say('PATCH', path, Object.fromEntries(names) as object);
    expect(full).toMatchObject({
      status: 422,
      body: { detail: expect.stringMatching(/too many/) },
    });
    expect((await say('GET', path)).body).toMatchObject({
      preferences: { theme: 'dark' },
      revision: 1,
    });
    expect((await say('PUT', '/v1/profiles/external:nobody/preferences', {})).status).toBe(404);
  });

  it('are not changed with a tracking key, whatever the event is called', async () => {
    const path = await customer('gina');
    const properties = { set: { theme: 'dark' } };
    await kairos.track('track', { userId: 'gina', event: 'Preferences Changed', properties });
    await kairos.until('the event', async () => {
      const route = '/v1/profiles/external:gina/events?name=Preferences%20Changed';
      const { data } = await kairos.call<{ data: { state: string }[] }>('GET', route);
      return data[0] !== undefined && data[0].state !== 'accepted' ? true : null;
    });
    expect((await say('GET', path)).body.preferences).toEqual({});
    const headers = { authorization: 'Bearer write-key-of-whole-kairos' };
    expect((await say('PUT', path, { theme: 'dark' }, headers)).status).toBe(403);
  });
});
