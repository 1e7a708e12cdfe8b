import { toMajorUnits } from '#domain/profile/money.ts';
import type { MessageStatus } from '#domain/message/message.ts';
import type { CustomerRecord } from '#chaos/journal.ts';
import { type DueEnd, type DueMessage, expectRun, type Person } from './expect-run.ts';
import { type DueRun, foldCustomer, type Told } from './fold-customer.ts';
import type { Observed, SeenMessage, SeenRun } from './observed.ts';

/** How a message ends and how often it arrived when nothing went wrong. */
const ENDS: Record<DueMessage['fate'], [status: MessageStatus, arrived: number]> = {
  suppressed: ['suppressed', 0],
  deliver: ['delivered', 1],
  slow: ['delivered', 1],
  lostReply: ['delivered', 1],
  open: ['opened', 1],
  silent: ['sent', 1],
  bounce: ['bounced', 1],
  reject: ['failed', 0],
  error: ['failed', 0],
  rateLimit: ['failed', 0],
};

function endOf({ fate, channel }: DueMessage, passes: boolean): [MessageStatus, number] {
  if (passes) return ['delivered', 1];
  if (fate === 'open' && channel === 'push') return ['clicked', 1];
  if (fate === 'bounce' && channel !== 'email') return ['failed', channel === 'push' ? 0 : 1];
  return ENDS[fate];
}

/** What must be seen of a customer from outside when Kairos does everything right. */
export function perfectWorld(
  record: CustomerRecord,
  { lostPush = false }: { lostPush?: boolean } = {},
): Observed {
  const { customer } = record;
  const folded = foldCustomer(record);
  const { profile } = folded;
  if (profile === null) throw new Error('the customer said nothing');
  const person: Person = { customer, folded, profile, burnt: new Set() };
  const inbox = new Map<string, number>();
  const runs: SeenRun[] = [];
  const messages: SeenMessage[] = [];
  for (const due of folded.runs) {
    const end = expectRun(person, due, new Set(lostPush ? ['remind/2/0'] : []));
    const run = ended(`run-${String(runs.length)}`, due, end);
    runs.push(run);
    for (const message of end.messages) {
      const passes = customer.rules[message.channel]?.passes === true;
      const isLost = lostPush && message.channel === 'push';
      const [status, arrived] = isLost ? (['unknown', 0] as const) : endOf(message, passes);
      const { channel, address, place } = message;
      if (address !== null) inbox.set(address, (inbox.get(address) ?? 0) + arrived);
      const history = [{ status: 'sending' as const }, { status }];
      const ids = { id: `${run.id}/${place}`, runId: run.id, profileId: profile._id };
      messages.push({ ...ids, channel, status, reason: null, history });
    }
  }
  const { orders_count, total_spent } = profile.traits;
  return {
    profile: {
      id: profile._id,
      identities: folded.identities,
      traits: { orders_count, total_spent: toMajorUnits(total_spent, 'USD') },
      cart: profile.cart,
    },
    events: folded.told.map(routed),
    runs,
    messages,
    inbox,
  };
}

function ended(id: string, { run, nth }: DueRun, { passages: [passage], goal }: DueEnd): SeenRun {
  if (passage === undefined) throw new Error('there is no passage');
  return {
    id,
    journey: run.journey,
    profileId: run.profileId,
    status: passage.status,
    outcome: passage.outcome,
    enteredAt: new Date(nth).toISOString(),
    path: passage.path.split(' -> ').map((words) => {
      const [step = '', outcome = ''] = words.split(/:(.*)/);
      return { step, outcome };
    }),
    conversion: goal === null ? null : { eventId: goal },
  };
}

function routed({ event }: Told): Observed['events'][number] {
  return { id: event._id, name: event.name, state: 'routed' };
}

/** One line a person can read. */
export function describeWorld({ runs, messages, profile }: Observed): string {
  const walked = runs.map(({ journey, path, status, outcome, conversion }) => {
    const steps = path.map((one) => `${one.step}:${one.outcome}`).join(' -> ');
    const goal = conversion === null ? '' : `, goal by ${conversion.eventId}`;
    return `${journey} ${steps} = ${status} ${String(outcome)}${goal}`;
  });
  const sent = messages.map(({ channel, status }) => `${channel} ${status}`).join(', ');
  const { orders_count: orders = 0, total_spent: spent = 0 } = profile?.traits ?? {};
  return `${walked.join('; ') || 'no run'} | ${sent || 'nothing sent'} | ${String(orders)} orders, ${String(spent)}`;
}
