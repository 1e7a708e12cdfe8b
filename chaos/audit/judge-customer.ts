import { toMajorUnits } from '#domain/profile/money.ts';
import type { CustomerRecord } from '#chaos/journal.ts';
import { type DueEnd, expectRun, type Person } from './expect-run.ts';
import type { Finding, FindingKind } from './findings.ts';
import { type DueRun, foldCustomer, type Folded, SETTINGS } from './fold-customer.ts';
import { judgeInbox, judgeMessages } from './judge-messages.ts';
import type { Observed, SeenMessage, SeenRun } from './observed.ts';

type Say = (kind: FindingKind, detail: string) => void;

/** Everything that is wrong with one customer; empty when all is as their events say. */
export function judgeCustomer(record: CustomerRecord, observed: Observed): Finding[] {
  const { id, story } = record.customer;
  const findings: Finding[] = [];
  const say: Say = (kind, detail) => findings.push({ kind, customer: id, story, detail });
  for (const status of record.refused) say('refused call', `answered ${String(status)}`);
  const folded = foldCustomer(record);
  judgeEvents(folded, observed, say);
  judgeProfile(folded, observed, say);
  judgeRuns(record, { folded, observed }, say);
  return findings;
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
  say: Say,
): void {
  const { profile } = folded;
  if (profile === null) return;
  const person: Person = { customer, folded, profile, burnt: new Set() };
  const letters = new Map<string, [number, number]>();
  const left = new Set(observed.runs);
  for (const due of folded.runs) {
    const run = nthRun(observed.runs, due);
    const seen = observed.messages.filter(({ runId }) => runId === run?.id);
    const end = expectRun(person, due, unknowns(customer, { ...observed, messages: seen }));
    // Nobody answered for the entering event: its run may be there or not.
    const isSure = folded.told[due.place]?.answered === true;
    if (run === undefined) {
      if (isSure) say('lost run', `run ${String(due.nth)} of ${due.run.journey}`);
      continue;
    }
    left.delete(run);
    judgeRun(run, end, say);
    judgeMessages(run, { due: end.messages, seen }, letters, say);
  }
  for (const run of left) {
    const same = folded.runs.some((due) => due.run.journey === run.journey);
    say(same ? 'doubled run' : 'wrong path', `${run.id} of ${run.journey} must not be`);
  }
  judgeInbox([customer.email, customer.phone, customer.token], observed, letters, say);
}

/** Pushes and e-mails of which nobody knows, and which their address never got. */
function unknowns(
  { token, email }: CustomerRecord['customer'],
  { messages, inbox }: Pick<Observed, 'messages' | 'inbox'>,
): Set<string> {
  const addresses: Partial<Record<SeenMessage['channel'], string>> = { push: token, email };
  const lost = messages.filter(({ channel, status }) => {
    const address = addresses[channel];
    return status === 'unknown' && address !== undefined && (inbox.get(address) ?? 0) === 0;
  });
  return new Set(lost.map(({ id, runId }) => id.slice(runId.length + 1)));
}

function nthRun(runs: readonly SeenRun[], { run, nth }: DueRun): SeenRun | undefined {
  return runs
    .filter(({ journey }) => journey === run.journey)
    .sort((a, b) => a.enteredAt.localeCompare(b.enteredAt))[nth - 1];
}

function judgeRun(run: SeenRun, end: DueEnd, say: Say): void {
  const path = run.path.map(({ step, outcome }) => `${step}:${outcome}`).join(' -> ');
  const name = `${run.id} of ${run.journey}`;
  if (run.status === 'running' && end.passages.every(({ status }) => status !== 'running')) {
    say('stuck run', `${name} stands after "${path}"`);
    return;
  }
  const isAdmissible = end.passages.some(
    (one) => one.path === path && one.status === run.status && one.outcome === run.outcome,
  );
  if (!isAdmissible) {
    const due = end.passages
      .map((one) => `"${one.path}" (${one.status} ${String(one.outcome)})`)
      .join(' or ');
    say('wrong path', `${name}: "${path}" (${run.status} ${String(run.outcome)}), not ${due}`);
  }
  const goal = run.conversion?.eventId ?? null;
  if (goal !== end.goal) say('wrong goal', `${name}: ${String(goal)}, not ${String(end.goal)}`);
}
