import type { Rule } from '#sandbox/rules.ts';
import type { CrashInstallation } from '#test/support/crash-installation.ts';
import type { MessageView, RunView } from '#test/support/views.ts';

/**
 * What a customer lives through: which event brings them in, what they do once they were reached,
 * how their addresses answer, the path their run must have and what each address must get.
 */
interface Story {
  journey: string;
  event: string;
  followUp?: { after: string; event: string };
  rules: Partial<Record<'email' | 'sms', Rule['outcome']>>;
  path: RegExp;
  /** The run's status and outcome. */
  end: string;
  inbox: { email: number; sms: number };
  statuses: Record<string, string>;
}

const cascade = [{ channel: 'sms', patience: 'PT15M' }, { channel: 'email' }];
const exits = [{ event: 'Order Completed' }];
const remind = {
  send: { template: 'cart-reminder', cascade, until: 'delivered' },
  next: { reached: 'look', exhausted: 'leave' },
};
const lookFor = (timeout: string): object => ({
  waitFor: { event: 'Cart Viewed', timeout },
  next: { received: 'came', timeout: 'leave' },
});

export const JOURNEYS = [
  {
    key: 'welcome',
    name: 'Welcome',
    entry: { event: 'Signed Up' },
    start: 'hello',
    steps: {
      hello: { send: { template: 'cart-reminder', channel: 'email' }, next: 'rest' },
      rest: { wait: 'PT3S', next: 'text' },
      text: { send: { template: 'cart-reminder', channel: 'sms' }, next: 'leave' },
      leave: { end: 'done' },
    },
  },
  {
    key: 'cart',
    name: 'Cart',
    entry: { event: 'Product Added' },
    exits,
    start: 'remind',
    // Long enough that nobody is ever timed out: what ends these runs is what the customer does.
    steps: { remind, look: lookFor('PT1H'), came: { end: 'came' }, leave: { end: 'left' } },
  },
  {
    key: 'list',
    name: 'Wish list',
    entry: { event: 'Product Added to Wishlist' },
    start: 'remind',
    steps: { remind, look: lookFor('PT4S'), came: { end: 'came' }, leave: { end: 'left' } },
  },
];

const welcomed = /^hello:sent -> rest:passed -> text:sent -> leave:done$/;
const both = { email: 1, sms: 1 };
const arrived = { email: 'delivered', sms: 'delivered' };

const STORIES: Story[] = [
  {
    journey: 'welcome',
    event: 'Signed Up',
    rules: {},
    path: welcomed,
    end: 'completed done',
    inbox: both,
    statuses: arrived,
  },
  {
    journey: 'welcome',
    event: 'Signed Up',
    rules: { email: 'lostReply', sms: 'lostReply' },
    path: welcomed,
    end: 'completed done',
    inbox: both,
    statuses: arrived,
  },
  {
    journey: 'welcome',
    event: 'Signed Up',
    rules: { email: 'bounce' },
    // Whose call broke off in a crash may learn of the bounce before it learns of the acceptance.
    path: /^hello:(sent|failed) -> rest:passed -> text:sent -> leave:done$/,
    end: 'completed done',
    inbox: both,
    statuses: { email: 'bounced', sms: 'delivered' },
  },
  {
    journey: 'cart',
    event: 'Product Added',
    followUp: { after: 'remind', event: 'Cart Viewed' },
    rules: {},
    path: /^remind:reached -> look:received -> came:came$/,
    end: 'completed came',
    inbox: { email: 0, sms: 1 },
    statuses: { sms: 'delivered' },
  },
  {
    journey: 'cart',
    event: 'Product Added',
    followUp: { after: 'remind', event: 'Order Completed' },
    rules: { sms: 'lostReply' },
    path: /^remind:reached -> look:exited$/,
    end: 'exited exit:Order Completed',
    inbox: { email: 0, sms: 1 },
    statuses: { sms: 'delivered' },
  },
  {
    journey: 'list',
    event: 'Product Added to Wishlist',
    rules: { sms: 'bounce' },
    path: /^remind:reached -> look:timeout -> leave:left$/,
    end: 'completed left',
    inbox: both,
    statuses: { sms: 'failed', email: 'delivered' },
  },
];

export interface Customer {
  id: string;
  email: string;
  phone: string;
  story: Story;
}

/** `count` customers from number `first` on, every story in turn. */
export function makeCustomers(first: number, count: number): Customer[] {
  return Array.from({ length: count }, (_, index) => {
    const number = first + index;
    const story = STORIES[index % STORIES.length];
    if (story === undefined) throw new Error('there are no stories');
    return {
      id: `c${String(number)}`,
      email: `c${String(number)}@shop.example`,
      phone: `+1202555${String(number).padStart(4, '0')}`,
      story,
    };
  });
}

export function rulesFor(customers: readonly Customer[]): Rule[] {
  return customers.flatMap(({ email, phone, story: { rules } }) => [
    ...(rules.email === undefined ? [] : [rule('email', email, rules.email)]),
    ...(rules.sms === undefined ? [] : [rule('sms', phone, rules.sms)]),
  ]);
}

function rule(channel: 'email' | 'sms', to: string, outcome: Rule['outcome']): Rule {
  return { channel, to, outcome };
}

/** Who the customer is and what brings them in: one call, repeated with the same message ids. */
export function entryOf({ id, email, phone, story }: Customer): object {
  const context = { consent: { categoryPreferences: { sms: true, email: true } } };
  return {
    batch: [
      {
        type: 'identify',
        userId: id,
        messageId: `${id}-who`,
        traits: { email, phone },
        context,
        timestamp: new Date().toISOString(),
      },
      {
        type: 'track',
        userId: id,
        messageId: `${id}-in`,
        event: story.event,
        properties: { name: `Shoes of ${id}`, url: `https://shop.example/${id}`, price: 5 },
        timestamp: new Date().toISOString(),
      },
    ],
  };
}

export function followUpOf({ id }: Customer, event: string): object {
  const properties = event === 'Order Completed' ? { order_id: `o-${id}`, revenue: 5 } : {};
  return {
    batch: [{ type: 'track', userId: id, messageId: `${id}-follow`, event, properties }],
  };
}

export interface Audit {
  id: string;
  /** What the path must look like where it does, else the path. */
  path: string;
  ends: string[];
  inbox: { email: number; sms: number };
  statuses: Record<string, string>;
}

/** What must be seen of a customer from outside once everything has settled. */
export function expected({ id, story: { path, end, inbox, statuses } }: Customer): Audit {
  return { id, path: String(path), ends: [end], inbox, statuses };
}

/** What is seen of a customer from outside now. */
export async function audit(kairos: CrashInstallation, customer: Customer): Promise<Audit> {
  const profile = encodeURIComponent(`external:${customer.id}`);
  const read = async <T>(route: string): Promise<T[]> =>
    (await kairos.call<{ data: T[] }>('GET', route)).data;
  const runs = await read<RunView>(`/v1/runs?limit=1000&profile=${profile}`);
  const messages = await read<MessageView>(`/v1/messages?limit=1000&profile=${profile}`);
  const inbox = async (to: string): Promise<number> =>
    (await read<unknown>(`/sandbox/inbox?to=${encodeURIComponent(to)}`)).length;
  const path = (runs[0]?.path ?? []).map(({ step, outcome }) => `${step}:${outcome}`).join(' -> ');
  const { path: wanted } = customer.story;
  return {
    id: customer.id,
    path: wanted.test(path) ? String(wanted) : path,
    ends: runs.map(({ status, outcome }) => `${status} ${String(outcome)}`),
    inbox: { email: await inbox(customer.email), sms: await inbox(customer.phone) },
    statuses: Object.fromEntries(messages.map(({ channel, status }) => [channel, status])),
  };
}
