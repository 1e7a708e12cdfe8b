import { toMajorUnits } from '#domain/profile/money.ts';
import type { CustomerRecord } from '#chaos/journal.ts';
import type { Disturbances } from './disturbances.ts';
import type { Excuse } from './excuses.ts';
import { type DueEnd, expectRun, type Passage, type Person } from './expect-run.ts';
import type { Finding, FindingKind } from './findings.ts';
import { type DueRun, foldCustomer, type Folded, SETTINGS } from './fold-customer.ts';
import { judgeLetters, judgeMessages, type Notes } from './judge-messages.ts';
import type { Observed, SeenMessage, SeenRun } from './observed.ts';

type Say = (kind: FindingKind, detail: string) => void;

/** What is wrong with one customer, and what was let pass because of what the villain did. */
export interface Judgement {
  findings: Finding[];
  excused: Excuse[];
}

/** Judges one customer; nothing is found when all is as their events say. */
export function judgeCustomer(
  record: CustomerRecord,
  observed: Observed,
  disturbances: Disturbances,
): Judgement {
  const { id, story } = record.customer;
  const findings: Finding[] = [];
  const excused: Excuse[] = [];
  const say: Say = (kind, detail) => findings.push({ kind, customer: id, story, detail });
  const excuse = (one: Excuse): void => {
    excused.push(one);
  };
  for (const status of record.refused) say('refused call', `answered ${String(status)}`);
  const folded = foldCustomer(record);
  judgeEvents(folded, observed, say);
  judgeProfile(folded, observed, say);
  const court: Court = { disturbances, say, excuse };
  judgeRuns(record, { folded, observed }, court);
  return { findings, excused };
}

interface Court extends Notes {
  disturbances: Disturbances;
  say: Say;
}

/** What was answered with success is there and routed; what was not may be there. */
function judgeEvents({ told }: Folded, { events }: Observed, say: Say): void {
  const seen = new Map(events.map((event) => [event.id, event]));
  const requested = events.filter(({ name }) => name === REQUESTED).length;
  const requests = told.filter(({ event }) => event.name === REQUESTED);
  const due = requests.filter(({ answered }) => answered).length;
  if (requested < due || requested > requests.length) {
    say('lost event', `${String(requested)} requests for runs, not ${String(due)}`);
  }
  for (const { event, answered } of told) {
    if (event.name === REQUESTED) continue;
    const found = seen.get(event._id);
    if (found === undefined && answered) say('lost event', `${event._id} (${event.name})`);
    else if (found !== undefined && found.state !== 'routed') {
      say('lost event', `${event._id} (${event.name}) is still ${found.state}`);
    }
  }
}

const REQUESTED = 'Journey Requested';

function judgeProfile(folded: Folded, { profile }: Observed, say: Say): void {
  if (folded.profile === null) return;
  if (profile === null) {
    say('lost event', 'there is no profile');
    return;
  }
  const strangers = folded.identities.filter((one) => !profile.identities.includes(one));
  if (strangers.length > 0) say('two profiles', `${profile.id} lacks ${strangers.join(', ')}`);
  const { orders_count: orders, total_spent: spent } = folded.profile.traits;
  const due = { orders, spent: toMajorUnits(spent, SETTINGS.shopCurrency) };
  const seen = { orders: profile.traits.orders_count, spent: profile.traits.total_spent };
  if (JSON.stringify(due) !== JSON.stringify(seen)) {
    say('wrong traits', `${JSON.stringify(seen)}, not ${JSON.stringify(due)}`);
  }
  const dueCart = cartOf(folded.profile.cart);
  const seenCart = cartOf(profile.cart);
  if (dueCart !== seenCart) say('wrong traits', `cart ${seenCart}, not ${dueCart}`);
}

function cartOf(
  lines: readonly { product_id: string; cart_id: string | null; quantity: number }[],
): string {
  const words = lines.map(
    ({ product_id: product, cart_id: cart, quantity }) =>
      `${String(quantity)} ${product} in ${cart ?? 'no cart'}`,
  );
  return `[${words.sort().join(', ')}]`;
}

function judgeRuns(
  { customer }: CustomerRecord,
  { folded, observed }: { folded: Folded; observed: Observed },
  court: Court,
): void {
  const { profile } = folded;
  const owed = new Set<string>();
  if (profile !== null) {
    const person: Person = { customer, folded, profile, burnt: new Set() };
    const left = new Set(observed.runs);
    for (const due of folded.runs) {
      const run = nthRun(observed.runs, due);
      const seen = observed.messages.filter(({ runId }) => runId === run?.id);
      const end = expectRun(person, due, neverArrived(seen, observed));
      // Nobody answered for the entering event: its run may be there or not.
      const isSure = folded.told[due.place]?.answered === true;
      if (run === undefined) {
        if (isSure) court.say('lost run', `run ${String(due.nth)} of ${due.run.journey}`);
        continue;
      }
      left.delete(run);
      judgeRun({ run, end, seen }, court);
      const { letters } = observed;
      judgeMessages({ run, due: end.messages, seen, letters }, court.disturbances, court);
      const ids = new Set(end.messages.map(({ place }) => `${run.id}/${place}`));
      for (const { id } of seen) if (ids.has(id)) owed.add(id);
    }
    for (const run of left) {
      const same = folded.runs.some((due) => due.run.journey === run.journey);
      court.say(same ? 'doubled run' : 'wrong path', `${run.id} of ${run.journey} must not be`);
    }
  }
  judgeLetters(observed.letters, owed, court.say);
}

/** Places of messages that stand as `unknown` and that no provider took. */
function neverArrived(
  messages: readonly SeenMessage[],
  { letters }: Pick<Observed, 'letters'>,
): Set<string> {
  const taken = new Set(letters.map(({ messageId }) => messageId));
  const lost = messages.filter(({ id, status }) => status === 'unknown' && !taken.has(id));
  return new Set(lost.map(({ id, runId }) => id.slice(runId.length + 1)));
}

function nthRun(runs: readonly SeenRun[], { run, nth }: DueRun): SeenRun | undefined {
  return runs
    .filter(({ journey }) => journey === run.journey)
    .sort((a, b) => a.enteredAt - b.enteredAt)[nth - 1];
}

/** One run as it is seen, beside what must have become of it. */
interface SeenEnd {
  run: SeenRun;
  end: DueEnd;
  seen: readonly SeenMessage[];
}

function judgeRun({ run, end, seen }: SeenEnd, court: Court): void {
  const path = run.path.map(({ step, outcome }) => `${step}:${outcome}`).join(' -> ');
  const name = `${run.id} of ${run.journey}`;
  if (run.status === 'running' && end.passages.every(({ status }) => status !== 'running')) {
    court.say('stuck run', `${name} stands after "${path}"`);
    return;
  }
  const passage = end.passages.find(
    (one) => one.path === path && one.status === run.status && one.outcome === run.outcome,
  );
  if (passage === undefined || !isAdmissible(passage, { run, seen }, court)) {
    const due = end.passages
      .map((one) => `"${one.path}" (${one.status} ${String(one.outcome)})`)
      .join(' or, where a call was cut off, ');
    court.say(
      'wrong path',
      `${name}: "${path}" (${run.status} ${String(run.outcome)}), not ${due}`,
    );
  } else if (passage.cutOff.length > 0) court.excuse('bounce before acceptance');
  const goal = run.conversion?.eventId ?? null;
  if (goal !== end.goal)
    court.say('wrong goal', `${name}: ${String(goal)}, not ${String(end.goal)}`);
}

/** A way that is open only to a run whose call was cut off needs a deed at the time of the call. */
function isAdmissible(
  { cutOff }: Passage,
  { run, seen }: Pick<SeenEnd, 'run' | 'seen'>,
  { disturbances }: Court,
): boolean {
  if (cutOff.length === 0) return true;
  return cutOff.some((place) => {
    const { history = [] } = seen.find(({ id }) => id === `${run.id}/${place}`) ?? {};
    const [first, last] = [history[0], history.at(-1)];
    if (first === undefined || last === undefined) return false;
    return disturbances.mayCutOff(first.at, last.at);
  });
}
