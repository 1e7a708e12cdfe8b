import { randomUUID } from 'node:crypto';
import { createReadOrders } from '#activities/read-orders.ts';
import { createSendMessage, type SendDeps, type SendRequest } from '#activities/send-message.ts';
import { createWithdrawMessages } from '#activities/withdraw-messages.ts';
import type { Outgoing, Provider } from '#channels/provider.ts';
import type { SendOutcome } from '#domain/journey/run.ts';
import { CONSENT_WHEN_UNKNOWN } from '#domain/message/gate.ts';
import type { CarriedChannel, Channel, StoredMessage } from '#domain/message/message.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { createEventStore } from '#events/event-store.ts';
import { createGateSettings } from '#messages/gate-settings-store.ts';
import { ensureIndexes } from '#platform/mongo-indexes.ts';
import { connectMongo, type Mongo } from '#platform/mongo.ts';
import { createProfileStore } from '#profiles/profile-store.ts';
import { createLoadTemplate } from '#templates/load-template.ts';
import { createStoreTemplate } from '#templates/store-template.ts';

/** Shorter than the product's, so that a test need not pass a minute by its clock. */
export const RECEIPT_WAIT_MS = 30_000;
export const TEMPLATE = 'cart-reminder';

const CONTENT = {
  email: { subject: 'Your cart', html: '<p>{{ entry.properties.name }} is waiting.</p>' },
  sms: { text: '{{ entry.properties.name }} is waiting.' },
  push: { title: 'Still thinking?', body: '{{ entry.properties.name }} is waiting.' },
};

export interface Customer {
  id: string;
  to: Record<CarriedChannel, string>;
}

/** The send activity over a real database, with a clock that can be put forward. */
export class SendWorld {
  readonly mongo: Mongo;
  shiftMs = 0;
  private readonly providers: Record<Channel, Provider>;

  private constructor(mongo: Mongo, providers: Record<Channel, Provider>) {
    this.mongo = mongo;
    this.providers = providers;
  }

  static async start(
    name: string,
    uri: string,
    providers: Record<Channel, Provider>,
  ): Promise<SendWorld> {
    const mongo = await connectMongo(uri, name);
    await mongo.db.dropDatabase();
    await ensureIndexes(mongo.collections);
    const world = new SendWorld(mongo, providers);
    const store = createStoreTemplate(mongo);
    await store({ key: TEMPLATE, languages: { en: CONTENT } }, world.now());
    const receipt = { key: 'receipt', kind: 'transactional', languages: { en: CONTENT } };
    await store(receipt, world.now());
    return world;
  }

  now(): number {
    return Date.now() + this.shiftMs;
  }

  /** One worker's send operation; each call plays another worker. */
  worker(
    providers: Partial<Record<Channel, Provider>> = {},
    changes: Partial<SendDeps> = {},
  ): (request: SendRequest) => Promise<SendOutcome> {
    const { collections } = this.mongo;
    return createSendMessage({
      collections,
      profiles: createProfileStore(collections),
      providers: { ...this.providers, ...providers },
      templates: createLoadTemplate({ collections }),
      // By a clock that tells nothing they are read anew each time.
      gateSettings: createGateSettings(collections, () => NaN),
      orders: createReadOrders(createEventStore(collections, { expiryOf: () => null })),
      clock: () => this.now(),
      settings: {
        consentWhenUnknown: CONSENT_WHEN_UNKNOWN,
        defaultLanguage: 'en',
        defaultZone: 'UTC',
        currency: 'USD',
        publicUrl: 'https://kairos.example/',
        linkSecret: 'a-secret-of-this-test',
        receiptWaitMs: RECEIPT_WAIT_MS,
      },
      ...changes,
    });
  }

  async endRun(runId: string): Promise<void> {
    await createWithdrawMessages({
      collections: this.mongo.collections,
      clock: () => this.now(),
    })({ runId });
  }

  async customer(changes: Partial<Profile> = {}): Promise<Customer> {
    const id = randomUUID();
    const digits = String(parseInt(id.slice(0, 6), 16) % 10_000_000).padStart(7, '0');
    const phone = `+1202${digits}`;
    const to = {
      email: `${id}@customer.example`,
      sms: phone,
      push: `token:${id}`,
      'web-push': `browser-${id}`,
      viber: phone,
    };
    const at = this.now();
    const profile: Profile = {
      ...newProfile(id, 0, at),
      attributes: { email: to.email, phone: to.sms },
      consents: { sms: { granted: true, at, source: 'test' } },
      devices: [{ token: to.push, at }],
      ...changes,
    };
    await this.mongo.collections.profiles.insertOne(profile);
    return { id, to };
  }

  request(customer: Customer, channel: Channel, changes: Partial<SendRequest> = {}): SendRequest {
    const runId = changes.runId ?? randomUUID();
    return {
      messageId: `${runId}/remind/0/0`,
      runId,
      profileId: customer.id,
      journey: 'abandoned-cart',
      version: 1,
      step: 'remind',
      channel,
      template: TEMPLATE,
      deadline: this.now() + 3_600_000,
      entry: {
        kind: 'api',
        id: 'call',
        at: this.now(),
        event: null,
        properties: { name: 'Boots' },
      },
      entryKey: null,
      withdraw: [],
      ...changes,
    };
  }

  async message({ messageId }: Pick<SendRequest, 'messageId'>): Promise<StoredMessage> {
    const found = await this.mongo.collections.messages.findOne({ _id: messageId });
    if (found === null) throw new Error('no such message in the ledger');
    return found;
  }

  async close(): Promise<void> {
    await this.mongo.db.dropDatabase();
    await this.mongo.close();
  }
}

type Answer = Awaited<ReturnType<Provider['send']>>;

/** A provider reached over a line that a test can cut, hold or watch; behind it is a real one. */
export class Line implements Provider {
  readonly name: string;
  readonly channel: Channel;
  readonly capabilities: Provider['capabilities'];
  readonly calls: Outgoing[] = [];
  private readonly real: Provider;
  private readonly script: ((pass: () => Promise<Answer>) => Promise<Answer>)[];

  /** Each call takes the next of `script`; when it is used up, calls go through. */
  constructor(real: Provider, ...script: ((pass: () => Promise<Answer>) => Promise<Answer>)[]) {
    this.real = real;
    this.script = script;
    this.name = real.name;
    this.channel = real.channel;
    this.capabilities = real.capabilities;
  }

  /** What the next call is to come to. */
  refuse(call: () => Promise<Answer>): void {
    this.script.push(call);
  }

  send(outgoing: Outgoing): Promise<Answer> {
    this.calls.push(outgoing);
    const pass = (): Promise<Answer> => this.real.send(outgoing);
    return (this.script.shift() ?? ((through) => through()))(pass);
  }

  find(...asked: Parameters<NonNullable<Provider['find']>>): Promise<string | null> {
    return this.real.find?.(...asked) ?? Promise.resolve(null);
  }
}
