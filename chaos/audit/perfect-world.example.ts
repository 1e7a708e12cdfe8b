import { toMajorUnits } from '#domain/profile/money.ts';
import type { MessageStatus } from '#domain/message/message.ts';
import type { CustomerRecord } from '#chaos/journal.ts';
import { type DueEnd, type DueMessage, expectRun, type Person } from './expect-run.ts';
import { type DueRun, foldCustomer, type Told } from './fold-customer.ts';
import type { Observed, SeenLetter, SeenMessage, SeenRun } from './observed.ts';

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

function endOf({ fate, channel, passes }: DueMessage): [MessageStatus, number] {
  if (passes) return ['delivered', 1];
  if (fate === 'open' && channel === 'push') return ['clicked', 1];
  if (fate === 'bounce' && channel !== 'email') return ['failed', channel === 'push' ? 0 : 1];
  return ENDS[fate];
}

/** How long after its call nobody can tell any more what became of a push, in ms. */
const GIVEN_UP_MS = 15_000;

/**
 * What must be seen of a customer from outside when Kairos does everything right. `lost` is the
 * place (`step/hop/index`) of a message whose call was cut off: it never arrived, and stands as
 * `unknown` from when nobody could tell any more.
 */
export function perfectWorld(record: CustomerRecord, { lost }: { lost?: string } = {}): Observed {
  const { customer } = record;
  const folded = foldCustomer(record);
  const { profile } = folded;
  if (profile === null) throw new Error('the customer said nothing');
  const person: Person = { customer, folded, profile, burnt: new Set() };
  const world: Post = { runs: [], messages: [], letters: [] };
  for (const due of folded.runs) {
    const end = expectRun(person, due, new Set(lost === undefined ? [] : [lost]));
    const run = ended(`run-${String(world.runs.length)}`, due, end);
    world.runs.push(run);
    deliver(run, { due: end.messages, lost }, world);
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
    ...world,
  };
}

type Post = Pick<Observed, 'runs' | 'messages' | 'letters'>;

/** Adds what one run sent: each message when its turn came, by the clock of the world. */
function deliver(
  run: SeenRun,
  { due, lost }: { due: readonly DueMessage[]; lost: string | undefined },
  world: Post,
): void {
  const { profileId } = run;
  let at = 0;
  for (const message of due) {
    const { place, address } = message;
    const [, hop, index] = place.split('/');
    if (index === '0') at = run.path[Number(hop) - 2]?.at ?? run.enteredAt;
    const [status, arrived] = place === lost ? (['unknown', 0] as const) : endOf(message);
    const mail = { ...post(run, message, { status, at }), profileId };
    world.messages.push(mail);
    if (arrived > 0 && address !== null) world.letters.push(letterOf(mail.id, address));
    if (status === 'sent' || status === 'unknown') at += message.patienceMs;
  }
}

/** A message in the ledger whose turn came `at` (epoch ms). */
function post(
  run: SeenRun,
  { place, channel, patienceMs }: DueMessage,
  { status, at }: { status: MessageStatus; at: number },
): Omit<SeenMessage, 'profileId'> {
  const afterMs = status !== 'unknown' ? 500 : channel === 'push' ? GIVEN_UP_MS : patienceMs;
  const end = { status, at: at + afterMs };
  const history = status === 'suppressed' ? [end] : [{ status: 'sending' as const, at }, end];
  return { id: `${run.id}/${place}`, runId: run.id, channel, status, reason: null, history };
}

/** What a provider took as this message. */
export function letterOf(messageId: string, to: string, times = 1): SeenLetter {
  return { id: `letter-${String(times)}-${messageId}`, to, messageId };
}

function ended(id: string, { run }: DueRun, { passages: [passage], goal }: DueEnd): SeenRun {
  if (passage === undefined) throw new Error('there is no passage');
  return {
    id,
    journey: run.journey,
    profileId: run.profileId,
    status: passage.status,
    outcome: passage.outcome,
    enteredAt: run.enteredAt,
    path: passage.path.split(' -> ').map((words, index) => {
      const [step = '', outcome = ''] = words.split(/:(.*)/);
      return { step, outcome, at: run.enteredAt + (index + 1) * 1_000 };
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
