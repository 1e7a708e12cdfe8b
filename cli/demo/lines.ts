import { Temporal } from 'temporal-polyfill';
import { nextLocalTime } from '#domain/time/local-time.ts';
import { channelWord } from '#journeys/describe-step.ts';
import type { Customer } from './cast.ts';
import type { KairosClient, Message, Run } from './kairos-client.ts';

/** What is known of one customer when a line is told. */
export interface Told {
  client: KairosClient;
  customer: Customer;
  run: Run;
  /** Of this run, in the order in which they were made. */
  messages: readonly Message[];
}

const QUOTE_LENGTH_MAX = 60;

/** How somebody came into a journey. */
export async function lineOfRun(told: Told): Promise<string | null> {
  const { client, customer, run } = told;
  const { name, zone } = customer;
  if (run.journey === 'abandoned-cart') {
    return lineOfCart(told);
  }
  if (run.journey === 'birthday') {
    const known = await client.profile(customer.userId);
    const where = known?.zone ?? zone;
    return `${name} has her birthday in three days: it is ${clockIn(where)} in ${placeOf(where)}, time for a present.`;
  }
  if (run.journey !== 'reactivation') return null;
  const until = nextLocalTime({ time: '10:00' }, zone, Date.now());
  const minutes = Math.max(1, Math.round((until - Date.now()) / 60_000));
  return `${name} has not ordered for sixty days. The run waits for ten o'clock in ${placeOf(zone)}, in ${inWords(minutes)}.`;
}

async function lineOfCart({ client, customer, run }: Told): Promise<string> {
  const profile = await client.profileById(run.profileId);
  const [first] = profile?.cart ?? [];
  const goods = first?.name == null ? 'something' : `“${first.name}”`;
  const wasUnknown = profile?.identities.some((identity) => identity.startsWith('anonymous:'));
  return wasUnknown === true
    ? `The visitor who left ${goods} in the cart logs in: it is ${customer.name}. The run goes on.`
    : `${customer.name} leaves ${goods} in the cart. A run begins and waits an hour.`;
}

/** What became of a message; null where it is no news. */
export async function lineOfMessage(told: Told, message: Message): Promise<string | null> {
  const { customer, messages } = told;
  const { name } = customer;
  const unanswered = unansweredBefore(messages, message);
  switch (message.status) {
    case 'delivered':
      return `${unanswered}${howItArrived(message, name)}${await quoteOf(told, message)}`;
    case 'opened':
      return `${name} opens the e-mail${await quoteOf(told, message)}`;
    case 'clicked':
      return `${name} taps the push${await quoteOf(told, message)}`;
    case 'bounced':
      return `The e-mail to ${name} bounces: nobody lives at that address.`;
    default:
      return null;
  }
}

function howItArrived({ channel }: Message, name: string): string {
  if (channel === 'push') return `A push lights up the phone of ${name}`;
  return channel === 'sms' ? `An SMS reaches ${name}` : `An e-mail reaches ${name}`;
}

/** Another channel of the same step had taken the message, and nothing was heard of it since. */
function unansweredBefore(messages: readonly Message[], message: Message): string {
  const before = messages.find(
    (one) => one.step === message.step && one.channel !== message.channel && one.status === 'sent',
  );
  if (before === undefined) return '';
  const what = before.channel === 'push' ? 'phone' : before.channel;
  return `No word from the ${what} within its patience. `;
}

/** The first words of what a provider accepted, as the sandbox's inbox has them. */
async function quoteOf({ client, customer }: Told, { channel }: Message): Promise<string> {
  const { email, phone, deviceToken } = customer;
  const to = new Map([
    ['email', email],
    ['sms', phone],
    ['push', deviceToken],
    ['viber', phone],
  ]).get(channel);
  if (to == null) return '.';
  const payload = (await client.inbox(to)).at(-1) ?? {};
  const words = wordsOf(payload, channel);
  if (words === null) return '.';
  const cut = words.length > QUOTE_LENGTH_MAX ? `${words.slice(0, QUOTE_LENGTH_MAX)}…` : words;
  return `: “${cut}”`;
}

function wordsOf(payload: Record<string, unknown>, channel: Message['channel']): string | null {
  if (channel === 'email') return textAt(payload, 'subject');
  if (channel === 'sms') return textAt(payload, 'Body');
  return textAt(objectAt(objectAt(payload, 'message'), 'notification'), 'title');
}

function objectAt(value: Record<string, unknown>, key: string): Record<string, unknown> {
  const found = value[key];
  return typeof found === 'object' && found !== null ? { ...found } : {};
}

function textAt(value: Record<string, unknown>, key: string): string | null {
  const found = value[key];
  return typeof found === 'string' && found !== '' ? found : null;
}

/** How somebody left a step; null where the messages have told it already. */
export async function lineOfStep(
  told: Told,
  step: string,
  outcome: string,
): Promise<string | null> {
  const { customer, run } = told;
  const { name } = customer;
  switch (`${run.journey} ${step} ${outcome}`) {
    case 'abandoned-cart hour exited':
      return `${name} orders before the hour is over${worth(run)}. The run ends${nothingSent(told)}.`;
    case 'abandoned-cart remind exhausted':
      return `${whyNobody(told)} The run ends.`;
    case 'abandoned-cart again received':
      return `${name} comes back to the cart. The run ends, there is nothing left to remind of.`;
    case 'abandoned-cart again exited':
      return `${name} orders${worth(run)}. The run ends in the middle of a wait.`;
    case 'abandoned-cart worth offer':
      return `A day has passed. ${name} ${await ordersOf(told)}: worth an offer.`;
    case 'abandoned-cart worth else':
      return `A day has passed. ${name} ${await ordersOf(told)}: no offer, the run ends.`;
    case 'birthday present reached':
      return `Now ${name}'s run waits three days, for the birthday itself.`;
    case 'reactivation morning exited':
      return `${name} comes back and orders${worth(run)}. The run ends at once${nothingSent(told)}.`;
    default:
      return null;
  }
}

/** The goal, where the order reached it. */
function worth({ conversion }: Run): string {
  return conversion?.value == null ? '' : ` (goal: ${conversion.value.toFixed(2)})`;
}

function nothingSent({ messages }: Told): string {
  return messages.length === 0 ? ', nothing was sent' : '';
}

function whyNobody({ customer, messages }: Told): string {
  const refused = messages.filter((message) => message.reason === 'noConsent');
  if (refused.length === messages.length && refused.length > 0) {
    const channels = refused.map((message) => channelWord(message.channel));
    return `${customer.name} has refused ${channels.join(', ').replace(/, (?=[^,]*$)/, ' and ')}: each is suppressed for lack of consent.`;
  }
  return `No channel reached ${customer.name}.`;
}

async function ordersOf({ client, customer }: Told): Promise<string> {
  const count = (await client.profile(customer.userId))?.traits.orders_count;
  return typeof count === 'number' && count > 0
    ? `has ordered ${String(count)} times before`
    : 'has not ordered before';
}

/** `HH:MM` on the clocks of a zone now. */
function clockIn(zone: string): string {
  return Temporal.Now.plainTimeISO(zone).toString({ smallestUnit: 'minute' });
}

/** `Asia/Almaty` is Almaty. */
function placeOf(zone: string): string {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
}

function inWords(minutes: number): string {
  const { hours, minutes: rest } = Temporal.Duration.from({ minutes }).round({
    largestUnit: 'hours',
  });
  if (hours === 0) return `${String(rest)} min`;
  return rest === 0 ? `${String(hours)} h` : `${String(hours)} h ${String(rest)} min`;
}
