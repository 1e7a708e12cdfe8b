import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ProviderError, type Provider } from '#channels/provider.ts';
import { siteProviders } from '#channels/site/site-provider.ts';
import { unsetProvider } from '#channels/unset.ts';
import { CHANNELS, SITE_CHANNELS, type Channel } from '#domain/message/message.ts';
import { createSiteMessages, type SiteMessages } from '#messages/site-message-store.ts';
import type { StoredSiteMessage } from '#platform/site-documents.ts';
import { createStoreTemplate } from '#templates/store-template.ts';
import { Line, SendWorld } from '#test/support/send-world.ts';

const SENT = { kind: 'sent', deliveryReceipts: true };
const CALL_OVER_MS = 15_000;

let world: SendWorld;
let shelf: SiteMessages;

beforeAll(async () => {
  const unset = CHANNELS.map((channel) => [channel, unsetProvider(channel)] as const);
  const uri = process.env.KAIROS_TEST_MONGODB_URI ?? '';
  const providers = Object.fromEntries(unset) as Record<Channel, Provider>;
  world = await SendWorld.start('kairos-send-site', uri, providers);
  shelf = createSiteMessages(world.mongo.collections, () => world.now());
  const content = { title: '{{ entry.properties.name }}', body: 'Waiting', expires: 'P2D' };
  const widget = { ...content, kind: 'pop-up' };
  const languages = { en: { inbox: content, 'in-app': content, widget } };
  await createStoreTemplate(world.mongo)({ key: 'note', languages }, world.now());
});
beforeEach(() => {
  world.shiftMs = 0;
});
afterAll(() => world.close());

const shown = (messageId: string): Promise<StoredSiteMessage[]> =>
  world.mongo.collections.siteMessages.find({ _id: messageId }).toArray();

const note = { template: 'note' };

describe.each(SITE_CHANNELS)('a message that the shop’s own pages show (%s)', (channel) => {
  let provider: Provider;
  beforeAll(() => {
    const found = siteProviders(shelf).find((one) => one.channel === channel);
    provider = found ?? unsetProvider(channel);
  });
  /** The send of a worker that knows this way alone. */
  const by = (line: Provider): ReturnType<SendWorld['worker']> => world.worker({ [channel]: line });

  it('stands there once, whoever sends it and however often', async () => {
    const request = world.request(await world.customer(), channel, note);
    const workers = Array.from({ length: 4 }, () => by(provider)(request));
    expect(await Promise.all(workers)).toContainEqual(SENT);
    expect(await by(provider)(request)).toEqual(SENT);
    const [message, ...others] = await shown(request.messageId);
    expect(others).toEqual([]);
    expect(message?.content).toMatchObject({ title: 'Boots', body: 'Waiting' });
    const life = (message?.expiresAt.getTime() ?? 0) - (message?.createdAt ?? 0);
    expect(life).toBe(2 * 86_400_000);
  });

  it('is looked for after a worker died with the write done, and not written again', async () => {
    const request = world.request(await world.customer(), channel, note);
    const killed = new Line(provider, async (pass) => {
      await pass();
      throw new Error('killed');
    });
    await expect(by(killed)(request)).rejects.toThrow('killed');
    const [before] = await shown(request.messageId);
    expect((await world.message(request)).status).toBe('sending');
    world.shiftMs += CALL_OVER_MS;
    const line = new Line(provider);
    expect(await by(line)(request)).toEqual(SENT);
    expect(line.calls).toEqual([]);
    expect(await shown(request.messageId)).toEqual([before]);
    expect((await world.message(request)).status).toBe('sent');
  });

  it('is written after a worker died before it was', async () => {
    const request = world.request(await world.customer(), channel, note);
    const killed = new Line(provider, () => Promise.reject(new Error('killed')));
    await expect(by(killed)(request)).rejects.toThrow('killed');
    world.shiftMs += CALL_OVER_MS;
    expect(await by(provider)(request)).toEqual(SENT);
    expect(await shown(request.messageId)).toHaveLength(1);
  });

  it('goes no further when it is withdrawn while nobody knows whether it was written', async () => {
    const customer = await world.customer();
    const request = world.request(customer, channel, note);
    const unheard = new Line(provider, async (pass) => {
      await pass();
      throw new ProviderError('unsure', 'line-broken-off');
    });
    expect(await by(unheard)(request)).toMatchObject({ kind: 'unsure' });
    await world.endRun(request.runId);
    expect(await shelf.standing(customer.id, [channel])).toEqual([]);
  });

  it('is not looked for any longer than a cascade waits for it', async () => {
    const customer = await world.customer();
    const patienceMs = 60_000;
    const deadline = world.now() + patienceMs;
    const request = world.request(customer, channel, {
      ...note,
      deadline,
      isAbandoned: true,
    });
    expect(await by(provider)(request)).toEqual(SENT);
    expect(await shelf.standing(customer.id, [channel])).toHaveLength(1);
    world.shiftMs += patienceMs;
    expect(await shelf.standing(customer.id, [channel])).toEqual([]);
  });
});
