import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Journal } from './journal.ts';
import { type KairosClient, ReadRefused } from './kairos-client.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { Action, Customer, Sight, Trouble } from './shop/customer.ts';
import { type Pace, STORIES } from './shop/stories.ts';
import { callsOf } from './shop/words.ts';

/** Of all calls, how many are made twice with success, and how many lose their first answer. */
const DOUBLED = 0.1;
const CUT_OFF = 0.08;
/** A client that hangs up this soon has often been heard already. */
const CUT_OFF_AFTER_MS = 25;
/** Customers take their time; the pauses overlap with those of all others. */
const PAUSE_MS = 400;
/** Often enough to go on soon, and seldom enough not to be the load that is watched. */
const LOOK_EVERY_MS = 1_000;
/** Troubles that pass do so this long after the customer's first call was answered. */
const TROUBLE_MS = 6_000;
const RULES_EVERY_MS = 2_000;

const Runs = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      status: z.string(),
      enteredAt: z.string(),
      path: z.array(z.object({ step: z.string() })),
      temporal: z.object({ runId: z.string().nullable() }),
    }),
  ),
});

export interface LoadDeps {
  kairos: KairosClient;
  journal: Journal;
  random: SeededRandom;
  pace: Pace;
  signal: AbortSignal;
}

/** `count` invented customers, their stories in turn from a random one on. */
export function inventCustomers(count: number, random: SeededRandom): Customer[] {
  const offset = Math.floor(random.next() * STORIES.length);
  return Array.from({ length: count }, (_, index) => {
    const story = STORIES[(index + offset) % STORIES.length];
    const id = `c${String(index)}`;
    return {
      id,
      story: story?.name ?? '',
      email: `${id}@chaos.example`,
      phone: `+1202555${String(index).padStart(4, '0')}`,
      token: `token-of-the-phone-of-${id}`,
      anonymousId: `browser-of-${id}`,
      rules: story?.rules ?? {},
    };
  });
}

/** The steady stream of customers. */
export class Load {
  readonly #deps: LoadDeps;
  readonly #entered = new Map<string, number>();
  readonly #stuck = new Map<string, string[]>();
  #rules = '';
  underWay = 0;
  finished = 0;
  /** Events sent, repeats included, and those of them that were answered. */
  events = 0;
  answered = 0;

  constructor(deps: LoadDeps) {
    this.#deps = deps;
    // Every customer listens for the end.
    setMaxListeners(0, deps.signal);
  }

  /** Who could not do everything, by the reason; ids of customers. */
  get stuck(): ReadonlyMap<string, readonly string[]> {
    return this.#stuck;
  }

  /**
   * Lets them come in evenly over `forMs`; resolves when the last of them has done everything, or
   * cannot go on: one customer's trouble is nobody else's.
   */
  async run(customers: readonly Customer[], forMs: number): Promise<void> {
    const everyMs = forMs / customers.length;
    const lives = customers.map(async (customer, index) => {
      const random = this.#deps.random.fork();
      try {
        await sleep(index * everyMs, undefined, { signal: this.#deps.signal });
        this.underWay += 1;
        await this.#live(customer, random).finally(() => {
          this.underWay -= 1;
        });
        this.finished += 1;
      } catch (error) {
        const reason = reasonOf(error);
        this.#stuck.set(reason, [...(this.#stuck.get(reason) ?? []), customer.id]);
      }
    });
    const all = Promise.all(lives);
    const over = new AbortController();
    const rules = this.#keepRules(customers, over.signal);
    await all.finally(() => {
      over.abort();
    });
    await rules;
  }

  async #live(customer: Customer, random: SeededRandom): Promise<void> {
    const { journal, pace } = this.#deps;
    const story = STORIES.find(({ name }) => name === customer.story);
    journal.write({ kind: 'customer', customer });
    let saw: Sight | null = null;
    const said: Record<string, unknown>[][] = [];
    for (const [place, action] of (story?.actions(pace) ?? []).entries()) {
      if (action.do === 'see') {
        await this.#see(customer, action.sight);
        saw = action.sight;
        continue;
      }
      if (action.do === 'request') await this.#request(customer, action);
      else {
        const at = Date.now();
        const calls = callsOf(customer, action, { place, at });
        journal.write({ kind: 'calls', customer: customer.id, calls, at, saw });
        await this.#track(customer, calls, random);
        said.push(calls);
      }
      journal.write({ kind: 'answered', customer: customer.id, at: Date.now() });
      if (!this.#entered.has(customer.id)) this.#entered.set(customer.id, Date.now());
      await sleep(random.between(0, PAUSE_MS));
    }
    // Somebody's queue empties late: a call from long ago comes in once more.
    if (said.length > 0) await this.#track(customer, random.pick(said), random);
  }

  async #track(
    customer: Customer,
    calls: Record<string, unknown>[],
    random: SeededRandom,
  ): Promise<void> {
    const { kairos } = this.#deps;
    const [only] = calls;
    const isSingle = calls.length === 1 && random.chance(0.5);
    const route = isSingle ? `/v1/${String(only?.type)}` : '/v1/batch';
    const body = isSingle ? (only ?? {}) : { batch: calls, sentAt: new Date().toISOString() };
    if (random.chance(CUT_OFF)) {
      await kairos.track(route, body, Math.ceil(random.between(1, CUT_OFF_AFTER_MS)));
    }
    for (let times = random.chance(DOUBLED) ? 2 : 1; times > 0; times -= 1) {
      this.events += calls.length;
      this.#note(customer, await this.#insist(() => kairos.track(route, body)));
      this.answered += calls.length;
    }
  }

  async #request(
    customer: Customer,
    { journey, key }: Extract<Action, { do: 'request' }>,
  ): Promise<void> {
    const { kairos, journal } = this.#deps;
    journal.write({ kind: 'request', customer: customer.id, journey, key, at: Date.now() });
    const body = { profile: `external:${customer.id}`, key, properties: { name: 'a present' } };
    const headers = { 'idempotency-key': `${customer.id}-${key}` };
    const route = `/v1/journeys/${journey}/runs`;
    const ask = () => kairos.admin({ method: 'POST', route, body, headers });
    this.#note(customer, await this.#insist(ask));
  }

  #insist(ask: () => ReturnType<KairosClient['admin']>) {
    return this.#deps.kairos.insist(ask, this.#deps.signal);
  }

  /** Nothing that a customer here says is wrong: a refusal is a finding. */
  #note({ id }: Customer, answer: { status: number; text: string }): void {
    const isRefused = answer.status >= 300 || answer.text.includes('"rejected":[{');
    if (!isRefused) return;
    this.#deps.journal.write({ kind: 'refused', customer: id, status: answer.status });
  }

  async #see(customer: Customer, sight: Sight): Promise<void> {
    const { kairos, signal } = this.#deps;
    // Until they say who they are, a guest's runs are those of their browser.
    const isGuest = sight.journey === 'chaos-guest';
    const identity = isGuest ? `anonymous:${customer.anonymousId}` : `external:${customer.id}`;
    for (;;) {
      const query = `journey=${sight.journey}&profile=${encodeURIComponent(identity)}`;
      const runs = Runs.parse(await kairos.read(`/v1/runs?${query}`, signal)).data;
      runs.sort((a, b) => a.enteredAt.localeCompare(b.enteredAt));
      const run = runs[sight.nth - 1];
      if (run !== undefined && isSeen(run, sight.what)) return;
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  }

  /** Keeps the sandbox's rules as they are due: some troubles pass. */
  async #keepRules(customers: readonly Customer[], over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await this.putRules(customers).catch(() => undefined);
      await sleep(RULES_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
    }
  }

  /** Tells the sandbox how each address answers now, if that changed. */
  async putRules(customers: readonly Customer[]): Promise<void> {
    const now = Date.now();
    const rules = customers.flatMap((customer) => {
      const enteredAt = this.#entered.get(customer.id) ?? now;
      return rulesOf(customer, now - enteredAt > TROUBLE_MS);
    });
    const text = JSON.stringify(rules);
    if (text === this.#rules) return;
    const { kairos } = this.#deps;
    await this.#insist(() => kairos.admin({ method: 'PUT', route: '/sandbox/rules', body: rules }));
    this.#rules = text;
  }
}

/** Why a customer, or the auditor, got no further: nothing that an answer said is in it. */
export function reasonOf(error: unknown): string {
  if (error instanceof ReadRefused) return error.message;
  const name = error instanceof Error ? error.name : 'UnknownError';
  return name === 'AbortError' || name === 'TimeoutError'
    ? 'what was waited for did not come in time'
    : name;
}

function isSeen(run: z.infer<typeof Runs>['data'][number], what: string): boolean {
  if (what === 'begun') return run.temporal.runId !== null;
  if (what === 'ended') return run.status !== 'running';
  return run.path.some(({ step }) => `left ${step}` === what);
}

function rulesOf({ rules, email, phone, token }: Customer, isOver: boolean): object[] {
  const rule = (channel: string, to: string, trouble: Trouble | undefined): object[] => {
    if (trouble === undefined || (isOver && trouble.passes === true)) return [];
    const { passes: _passes, ...said } = trouble;
    return [{ channel, to, ...said }];
  };
  return [
    ...rule('email', email, rules.email),
    ...rule('sms', phone, rules.sms),
    ...rule('push', token, rules.push),
  ];
}
