import { randomUUID } from 'node:crypto';
import type { CarriedChannel } from '#domain/message/message.ts';
import type { RunState } from '#domain/journey/run.ts';
import { pathOf, type InboxView, type MessageView } from './views.ts';
import type { WholeKairos } from './whole-kairos.ts';

/** What a customer is known by, beside the shop's own id; an e-mail address where nothing is said. */
interface Known {
  has?: CarriedChannel[];
  traits?: Record<string, unknown>;
  context?: Record<string, unknown>;
}

interface Said {
  messageId?: string;
  timestamp?: string;
  anonymousId?: string;
  context?: Record<string, unknown>;
}

let customers = 0;

/** One customer of the shop: what the shop tells of them, and what reached them. */
export class ShopCustomer {
  readonly id: string;
  readonly addresses: Record<CarriedChannel, string>;
  readonly #kairos: WholeKairos;

  constructor(kairos: WholeKairos) {
    customers += 1;
    this.#kairos = kairos;
    this.id = `c${String(customers)}`;
    this.addresses = {
      email: `${this.id}@shop.example`,
      sms: `+38050${String(1_000_000 + customers)}`,
      push: `device-token-of-${this.id}-`.padEnd(80, 'x'),
      'web-push': `browser-of-${this.id}`,
      viber: `+38050${String(1_000_000 + customers)}`,
    };
  }

  static async join(kairos: WholeKairos, known: Known = {}): Promise<ShopCustomer> {
    const customer = new ShopCustomer(kairos);
    await customer.identify(known);
    return customer;
  }

  get identity(): string {
    return `external:${this.id}`;
  }

  async identify({ has = ['email'], traits = {}, context = {} }: Known): Promise<void> {
    const { email, sms, push } = this.addresses;
    await this.#kairos.track('identify', {
      userId: this.id,
      traits: {
        ...(has.includes('email') ? { email } : {}),
        ...(has.includes('sms') || has.includes('viber') ? { phone: sms } : {}),
        ...traits,
      },
      context: { ...(has.includes('push') ? { device: { token: push } } : {}), ...context },
    });
    if (has.includes('web-push')) await this.subscribe();
  }

  /** Lets the browser that the sandbox plays show them web pushes. */
  private async subscribe(): Promise<void> {
    const route = `/sandbox/subscription?name=${this.addresses['web-push']}`;
    const token = await this.#kairos.call('GET', route);
    await this.#kairos.track('identify', { userId: this.id, context: { device: { token } } });
  }

  /** Tracks one event; answers its messageId. */
  async does(
    event: string,
    properties: Record<string, unknown> = {},
    said: Said = {},
  ): Promise<string> {
    const messageId = said.messageId ?? randomUUID();
    const { id: userId } = this;
    await this.#kairos.track('track', { userId, event, properties, ...said, messageId });
    return messageId;
  }

  /** An event whose run lives `speed` times as fast. */
  rehearses(event: string, properties: Record<string, unknown>, speed = 3600): Promise<string> {
    return this.does(event, properties, { context: { rehearsal: { speed } } });
  }

  runs(journey: string): ReturnType<WholeKairos['runs']> {
    return this.#kairos.runs(`journey=${journey}&profile=${encodeURIComponent(this.identity)}`);
  }

  /** The path of their only run, once it has ended. */
  async path(journey: string, withinMs?: number): Promise<string> {
    return pathOf(await this.#kairos.endedRun(journey, this.identity, withinMs));
  }

  /** Waits until their only run of a journey stands at a step; answers where it stands. */
  async standsAt(journey: string, step: string): Promise<RunState> {
    return this.#kairos.until(`${this.id} at ${step} of ${journey}`, async () => {
      const [view] = await this.runs(journey);
      if (view === undefined) return null;
      const run = await this.#kairos.mongo.collections.runs.findOne({ _id: view.id });
      const state = run?.latest?.transition.state ?? null;
      return state?.step === step ? state : null;
    });
  }

  messages(): Promise<MessageView[]> {
    return this.#kairos.messages(`profile=${encodeURIComponent(this.identity)}`);
  }

  /** `channel status reason` of every message, oldest first. */
  async told(): Promise<string[]> {
    return (await this.messages())
      .reverse()
      .map(({ channel, status, reason }) => [channel, status, reason ?? ''].join(' ').trim());
  }

  /** Everything the providers accepted for this person, oldest first. */
  async inbox(): Promise<InboxView[]> {
    const places = new Set(Object.values(this.addresses));
    const all = await Promise.all([...places].map((to) => this.#kairos.inbox(to)));
    return all.flat().sort((one, other) => one.at.localeCompare(other.at));
  }

  async reachedOn(): Promise<string[]> {
    return (await this.inbox()).map(({ channel }) => channel);
  }

  /** Waits until this event was applied and its runs were told. */
  async routed(messageId: string): Promise<void> {
    await this.#kairos.until(`the routing of ${messageId}`, async () => {
      const event = await this.#kairos.mongo.collections.events.findOne({ _id: messageId });
      return event?.state === 'routed' ? true : null;
    });
  }

  /** The id of their profile, as soon as something of them was applied. */
  profileId(): Promise<string> {
    return this.#kairos.until(`the profile of ${this.id}`, async () => {
      const found = await this.#kairos.mongo.collections.identities.findOne({ _id: this.identity });
      return found?.profileId ?? null;
    });
  }
}

/** Lets real time pass, where a test shows that nothing happens. */
export function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A definition of one entry event and these steps, the first one first. */
export function journey(
  key: string,
  steps: Record<string, object>,
  more: Record<string, unknown> = {},
): { key: string } & Record<string, unknown> {
  return {
    key,
    name: key,
    entry: { event: `Entered ${key}`, reentry: 'always' },
    start: Object.keys(steps)[0],
    steps,
    ...more,
  };
}
