import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ProviderError, type Provider } from '#channels/provider.ts';
import { siteProviders } from '#channels/site/site-provider.ts';
import { unsetProvider } from '#channels/unset.ts';
import { CHANNELS, type Channel } from '#domain/message/message.ts';
import { createSiteMessages, type SiteMessages } from '#messages/site-message-store.ts';
import type { StoredSiteMessage } from '#platform/site-documents.ts';
import { createStoreTemplate } from '#templates/store-template.ts';
import { Line, SendWorld } from '#test/support/send-world.ts';

const SENT = { kind: 'sent', deliveryReceipts: true };
const CALL_OVER_MS = 15_000;

let world: SendWorld;
let shelf: SiteMessages;
let inbox: Provider;

beforeAll(async () => {
  const unset = CHANNELS.map((channel) => [channel, unsetProvider(channel)] as const);
  const uri = process.env.KAIROS_TEST_MONGODB_URI ?? '';
  const providers = Object.fromEntries(unset) as Record<Channel, Provider>;
  world = await SendWorld.start('kairos-send-site', uri, providers);
  shelf = createSiteMessages(world.mongo.collections, () => world.now());
  inbox = siteProviders(shelf).find(({ channel }) => channel === 'inbox') ?? unsetProvider('inbox');
  const content = { title: '{{ entry.properties.name }}', body: 'Waiting', expires: 'P2D' };
  const languages = { en: { inbox: content } };
  await createStoreTemplate(world.mongo)({ key: 'note', languages }, world.now());
});
beforeEach(() => {
  world.shiftMs = 0;
});
afterAll(() => world.close());

const shown = (messageId: string): Promise<StoredSiteMessage[]> =>
  world.mongo.collections.siteMessages.find({ _id: messageId }).toArray();

const note = { template: 'note' };

describe('a message to somebody’s inbox', () => {
  it('stands there once, whoever sends it and however often', async () => {
    const request = world.request(await world.customer(), 'inbox', note);
    const workers = Array.from({ length: 4 }, () => world.worker({ inbox })(request));
    expect(await Promise.all(workers)).toContainEqual(SENT);
    expect(await world.worker({ inbox })(request)).toEqual(SENT);
    const [message, ...others] = await shown(request.messageId);
    expect(others).toEqual([]);
    expect(message?.content).toMatchObject({ title: 'Boots', body: 'Waiting' });
    const life = (message?.expiresAt.getTime() ?? 0) - (message?.createdAt ?? 0);
    expect(life).toBe(2 * 86_400_000);
  });

  it('is looked for after a worker died with the write done, and not written again', async () => {
    const request = world.request(await world.customer(), 'inbox', note);
    const killed = new Line(inbox, async (pass) => {
      await pass();
      throw new Error('killed');
    });
    await expect(world.worker({ inbox: killed })(request)).rejects.toThrow('killed');
    const [before] = await shown(request.messageId);
    expect((await world.message(request)).status).toBe('sending');
    world.shiftMs += CALL_OVER_MS;
    const line = new Line(inbox);
    expect(await world.worker({ inbox: line })(request)).toEqual(SENT);
    expect(line.calls).toEqual([]);
    expect(await shown(request.messageId)).toEqual([before]);
    expect((await world.message(request)).status).toBe('sent');
  });

  it('is written after a worker died before it was', async () => {
    const request = world.request(await world.customer(), 'inbox', note);
    const killed = new Line(inbox, () => Promise.reject(new Error('killed')));
    await expect(world.worker({ inbox: killed })(request)).rejects.toThrow('killed');
    world.shiftMs += CALL_OVER_MS;
    expect(await world.worker({ inbox })(request)).toEqual(SENT);
    expect(await shown(request.messageId)).toHaveLength(1);
  });

  it('goes no further when it is withdrawn while nobody knows whether it was written', async () => {
    const customer = await world.customer();
    const request = world.request(customer, 'inbox', note);
    const unheard = new Line(inbox, async (pass) => {
      await pass();
      throw new ProviderError('unsure', 'line-broken-off');
    });
    expect(await world.worker({ inbox: unheard })(request)).toMatchObject({ kind: 'unsure' });
    await world.endRun(request.runId);
    expect(await shelf.standing(customer.id, ['inbox'])).toEqual([]);
  });

  it('is not looked for any longer than a cascade waits for it', async () => {
    const customer = await world.customer();
    const patienceMs = 60_000;
    const deadline = world.now() + patienceMs;
    const request = world.request(customer, 'inbox', {
      ...note,
      deadline,
      isAbandoned: true,
    });
    expect(await world.worker({ inbox })(request)).toEqual(SENT);
    expect(await shelf.standing(customer.id, ['inbox'])).toHaveLength(1);
    world.shiftMs += patienceMs;
    expect(await shelf.standing(customer.id, ['inbox'])).toEqual([]);
  });
});
