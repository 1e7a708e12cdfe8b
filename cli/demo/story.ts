import type { Customer, Customers, Role } from './cast.ts';
import type { KairosClient, Message, Run } from './kairos-client.ts';
import { lineOfMessage, lineOfRun, lineOfStep, type Told } from './lines.ts';

/** When nothing more is to be told of somebody. */
const CLOSED: Readonly<Record<Role, (run: Run) => boolean>> = {
  anna: hasEnded,
  dmitry: hasEnded,
  maria: hasEnded,
  tom: hasEnded,
  olga: hasEnded,
  priya: hasEnded,
  vera: hasEnded,
  elena: hasWalked('remind'),
  ivan: hasWalked('remind'),
  sofia: hasWalked('present'),
  // He is to stay asleep; nobody is to begin a run for Lucas.
  peter: () => true,
  lucas: () => true,
};

function hasEnded(run: Run): boolean {
  return run.status !== 'running';
}

function hasWalked(step: string): (run: Run) => boolean {
  return (run) => run.path.some((entry) => entry.step === step);
}

/**
 * Reads again and again what became of the customers, and tells each thing once. It knows nothing
 * of the script: what does not happen is not told.
 */
export class Story {
  readonly #client: KairosClient;
  readonly #customers: Customers;
  readonly #say: (line: string) => void;
  readonly #told = new Set<string>();
  readonly #open: Set<Role>;
  readonly #runs = new Map<Role, Run>();

  constructor(client: KairosClient, customers: Customers, say: (line: string) => void) {
    this.#client = client;
    this.#customers = customers;
    this.#say = say;
    this.#open = new Set(Object.keys(CLOSED) as Role[]);
    this.#open.delete('lucas');
  }

  /** Those of whom something is still to be told. */
  get open(): Customer[] {
    return [...this.#open].map((role) => this.#customers[role]);
  }

  /** What was last read of somebody's run. */
  runOf(role: Role): Run | undefined {
    return this.#runs.get(role);
  }

  /** One look at everybody whose story is not told yet. */
  async look(): Promise<void> {
    for (const role of [...this.#open]) await this.#lookAt(role);
  }

  async #lookAt(role: Role): Promise<void> {
    const customer = this.#customers[role];
    // The messages are read later than the run: a step that was walked has its message told first.
    const [run] = await this.#client.runs(customer.userId);
    if (run === undefined) return;
    this.#runs.set(role, run);
    const messages = inOrder(await this.#client.messages(customer.userId), run);
    const told: Told = { client: this.#client, customer, run, messages };
    await this.#once(`run ${run.id}`, () => lineOfRun(told));
    const steps = [...new Set([...run.path.map(({ step }) => step), ...messages.map(stepOf)])];
    for (const step of steps) await this.#tellStep(told, step);
    if (CLOSED[role](run)) this.#open.delete(role);
  }

  /** What was sent there comes first, then how the step was left. */
  async #tellStep(told: Told, step: string): Promise<void> {
    const { run, messages } = told;
    for (const message of messages.filter((one) => one.step === step)) {
      const key = `message ${message.id} ${message.status}`;
      await this.#once(key, () => lineOfMessage(told, message));
    }
    const left = run.path.find((entry) => entry.step === step);
    if (left === undefined) return;
    await this.#once(`step ${run.id} ${step}`, () => lineOfStep(told, step, left.outcome));
  }

  async #once(key: string, line: () => Promise<string | null>): Promise<void> {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const text = await line();
    if (text !== null) this.#say(text);
  }
}

function stepOf({ step }: Message): string {
  return step;
}

function inOrder(messages: readonly Message[], run: Run): Message[] {
  return messages
    .filter((message) => message.runId === run.id)
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id));
}
