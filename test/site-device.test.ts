import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BROWSER_KEY, SiteBrowser, userToken } from './support/site-browser.ts';
import type { MessageView } from './support/views.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const TEMPLATE = {
  key: 'parcel',
  kind: 'transactional',
  languages: { en: { push: { title: 'Your parcel', body: 'It is on its way.' } } },
};

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('site-device', { env: { KAIROS_BROWSER_KEY: BROWSER_KEY } });
  // What becomes of a push nobody tells but the app.
  await kairos.rules({ channel: 'push', outcome: 'silent' });
  await kairos.call('PUT', '/v1/templates/parcel', TEMPLATE);
  await kairos.publish({
    key: 'parcel',
    name: 'Parcel',
    entry: { event: 'Parcel Sent', reentry: 'always' },
    start: 'send',
    steps: {
      send: { send: { template: 'parcel', channel: 'push' }, next: 'leave' },
      leave: { end: 'done' },
    },
  });
}, 180_000);
afterAll(() => kairos.stop());

/** The shop's app on one phone. */
class App extends SiteBrowser {
  readonly phone = `token-${randomUUID()}`;
  readonly userId = `customer-${randomUUID()}`;

  get identity(): string {
    return `external:${this.userId}`;
  }

  /** Of a customer the shop knows. */
  static async loggedIn(): Promise<App> {
    const app = new App(kairos);
    await kairos.track('identify', { userId: app.userId, traits: { first_name: 'Olha' } });
    app.token = userToken(kairos, app.userId);
    return app;
  }

  async sends(method: string, path: string, body: object): Promise<number> {
    const answer = await fetch(`${kairos.url}/v1/site/${path}`, {
      method,
      headers: { ...this.headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await answer.body?.cancel();
    return answer.status;
  }

  /** Tells of this phone, and waits until it is the customer's. */
  async registers(): Promise<void> {
    const body = { token: this.phone, platform: 'android' };
    expect(await this.sends('PUT', 'device', body)).toBe(204);
    await this.hasDevices([this.phone]);
  }

  tellsPush(id: string, event: string): Promise<number> {
    return this.sends('POST', 'push-receipts', { message_id: id, event });
  }

  hasDevices(tokens: string[]): Promise<true> {
    return kairos.until(`${String(tokens.length)} devices`, async () => {
      const route = `/v1/profiles/${this.identity}`;
      const { devices } = await kairos.call<{ devices: { token: string }[] }>('GET', route);
      return devices.map(({ token }) => token).join() === tokens.join() ? true : null;
    });
  }

  /** The message of the journey, once it stands at this status. */
  async parcel(status: string): Promise<MessageView> {
    return kairos.until(`a push that is ${status}`, async () => {
      const [message] = await kairos.messages(`profile=${this.identity}`);
      return message?.status === status ? message : null;
    });
  }

  parcelIsSent(): Promise<void> {
    return kairos.track('track', { userId: this.userId, event: 'Parcel Sent' });
  }
}

const receiptsOf = async (id: string): Promise<string[]> => {
  const events = await kairos.mongo.collections.events
    .find({ 'properties.message_id': id })
    .toArray();
  return events.map(({ name }) => name).sort();
};

describe('the phone of a customer who is logged in', () => {
  it('gets the push of a journey once its app has told of it, and says what became of it', async () => {
    const app = await App.loggedIn();
    await app.registers();
    await app.parcelIsSent();
    const { id } = await app.parcel('sent');
    expect(await kairos.inbox(app.phone)).toMatchObject([
      { channel: 'push', payload: { message: { data: { kairos_message_id: id } } } },
    ]);
    expect(await app.tellsPush(id, 'received')).toBe(204);
    await app.parcel('delivered');
    expect(await app.tellsPush(id, 'tapped')).toBe(204);
    await app.parcel('clicked');
    for (const event of ['received', 'tapped']) expect(await app.tellsPush(id, event)).toBe(204);
    expect(await receiptsOf(id)).toEqual([
      'Push Notification Received',
      'Push Notification Tapped',
    ]);
  });

  it('is told of nothing by another person, who is answered as if it were', async () => {
    const app = await App.loggedIn();
    await app.registers();
    await app.parcelIsSent();
    const { id } = await app.parcel('sent');
    const stranger = await App.loggedIn();
    await stranger.registers();
    expect(await stranger.tellsPush(id, 'tapped')).toBe(204);
    expect(await new App(kairos).tellsPush(id, 'tapped')).toBe(204);
    expect(await stranger.tellsPush('no-message', 'tapped')).toBe(204);
    expect(await receiptsOf(id)).toEqual([]);
    expect(await app.tellsPush(id, 'received')).toBe(204);
    await app.parcel('delivered');
    expect(await receiptsOf(id)).toEqual(['Push Notification Received']);
  });

  it('gets nothing more after log-out', async () => {
    const app = await App.loggedIn();
    await app.registers();
    expect(await app.sends('DELETE', 'device', { token: app.phone })).toBe(204);
    await app.hasDevices([]);
    await app.parcelIsSent();
    await kairos.endedRun('parcel', app.identity);
    expect(await kairos.inbox(app.phone)).toEqual([]);
  });

  it('gets nothing more of whoever had it before, though they never logged out', async () => {
    const before = await App.loggedIn();
    await before.registers();
    const now = await App.loggedIn();
    const body = { token: before.phone, platform: 'ios' };
    expect(await now.sends('PUT', 'device', body)).toBe(204);
    await now.hasDevices([before.phone]);
    await before.hasDevices([]);
    await before.parcelIsSent();
    await kairos.endedRun('parcel', before.identity);
    expect(await kairos.inbox(before.phone)).toEqual([]);
    await now.parcelIsSent();
    await now.parcel('sent');
    expect(await kairos.inbox(before.phone)).toHaveLength(1);
    // Whose it was may have it again.
    expect(await before.sends('PUT', 'device', body)).toBe(204);
    await before.hasDevices([before.phone]);
    await now.hasDevices([]);
  });

  it('stays away when a call from before the log-out is repeated after it', async () => {
    const app = await App.loggedIn();
    const call = { token: app.phone, messageId: randomUUID() };
    expect(await app.sends('PUT', 'device', call)).toBe(204);
    expect(await app.sends('DELETE', 'device', call)).toBe(204);
    expect(await app.sends('PUT', 'device', call)).toBe(204);
    const later = `${app.phone}-later`;
    expect(await app.sends('PUT', 'device', { token: later })).toBe(204);
    await app.hasDevices([later]);
  });
});

describe('a phone', () => {
  it('is not taken by an anonymous id, nor without what it needs, and nothing changes', async () => {
    const app = await App.loggedIn();
    expect(await app.sends('PUT', 'device', { token: '' })).toBe(422);
    expect(await app.sends('PUT', 'device', { token: '{"endpoint":"https://a.example"}' })).toBe(
      422,
    );
    expect(await app.sends('DELETE', 'device', {})).toBe(422);
    expect(await app.tellsPush('any', 'opened')).toBe(422);
    app.token = null;
    expect(await app.sends('PUT', 'device', { token: app.phone })).toBe(403);
    expect(await app.sends('DELETE', 'device', { token: app.phone })).toBe(403);
    const told = { name: { $in: ['Device Added', 'Device Removed'] } };
    const events = await kairos.mongo.collections.events
      .find({ ...told, by: app.identity })
      .toArray();
    expect(events).toEqual([]);
  });
});
