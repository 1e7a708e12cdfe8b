import { z } from 'zod';

/** Longest one call may take, in ms: Kairos answers within milliseconds or is in trouble. */
const TIMEOUT_MS = 15_000;

/** What went wrong, as a sentence for the terminal. */
export class DemoError extends Error {}

const Run = z.object({
  id: z.string(),
  journey: z.string(),
  version: z.number(),
  profileId: z.string(),
  status: z.string(),
  outcome: z.string().nullable(),
  path: z.array(z.object({ step: z.string(), outcome: z.string() })),
  conversion: z.object({ value: z.number().nullable() }).nullable(),
  temporal: z.object({ url: z.string().nullable() }),
});
export type Run = z.infer<typeof Run>;

const Message = z.object({
  id: z.string(),
  runId: z.string(),
  step: z.string(),
  channel: z.enum(['email', 'sms', 'push']),
  status: z.string(),
  reason: z.string().nullable(),
  createdAt: z.string(),
});
export type Message = z.infer<typeof Message>;

const Profile = z.object({
  id: z.string(),
  identities: z.array(z.string()),
  zone: z.string().nullable(),
  traits: z.record(z.string(), z.unknown()),
  cart: z.array(z.object({ name: z.string().nullable() })),
});
const Inbox = z.object({
  data: z.array(z.object({ payload: z.record(z.string(), z.unknown()) })),
});
const Rules = z.array(z.looseObject({ channel: z.string(), outcome: z.string() }));
export type Rule = z.infer<typeof Rules>[number];

export interface Keys {
  admin: string;
  write: string;
}

/** Kairos as a shop's own programs see it: HTTP with two keys, and nothing else. */
export class KairosClient {
  readonly #url: string;
  readonly #keys: Keys;

  constructor(url: string, keys: Keys) {
    this.#url = url.replace(/\/+$/, '');
    this.#keys = keys;
  }

  /** One tracking call, as any Segment client makes it. */
  async track(call: 'identify' | 'track', body: object): Promise<void> {
    const authorization = `Basic ${Buffer.from(`${this.#keys.write}:`).toString('base64')}`;
    await this.#ask('POST', `/v1/${call}`, { authorization, body });
  }

  async putTemplate(key: string, yaml: string): Promise<void> {
    await this.#admin('PUT', `/v1/templates/${key}`, yaml);
  }

  /** A pool of voucher codes; codes that it has already stay as they are. */
  async putVouchers(
    pool: { key: string; lowStock: number },
    codes: readonly string[],
  ): Promise<void> {
    await this.#admin('PUT', `/v1/vouchers/${pool.key}`, pool);
    await this.#admin('POST', `/v1/vouchers/${pool.key}/codes`, { codes });
  }

  /** Stores a journey's definition and publishes it as the next version. */
  async publish(key: string, yaml: string): Promise<void> {
    await this.#admin('PUT', `/v1/journeys/${key}`, yaml);
    await this.#admin('POST', `/v1/journeys/${key}/publish`);
  }

  async hasJourney(key: string): Promise<boolean> {
    return (await this.#find(`/v1/journeys/${key}`)) !== null;
  }

  /** Null for somebody whom Kairos does not know. */
  async profile(userId: string): Promise<z.infer<typeof Profile> | null> {
    return this.profileById(`external:${userId}`);
  }

  /** By the profile's own id, or by any identity. */
  async profileById(id: string): Promise<z.infer<typeof Profile> | null> {
    const found = await this.#find(`/v1/profiles/${id}`);
    return found === null ? null : Profile.parse(found);
  }

  async consent(userId: string, channel: string, consent: object): Promise<void> {
    await this.#admin('PUT', `/v1/profiles/external:${userId}/consents/${channel}`, consent);
  }

  async runs(userId: string): Promise<Run[]> {
    return this.#list(`/v1/runs?profile=external:${userId}&limit=20`, Run);
  }

  async messages(userId: string): Promise<Message[]> {
    return this.#list(`/v1/messages?profile=external:${userId}&limit=100`, Message);
  }

  /** What the sandbox's providers accepted for an address, oldest first. */
  async inbox(to: string): Promise<Record<string, unknown>[]> {
    const found = await this.#admin('GET', `/sandbox/inbox?to=${encodeURIComponent(to)}`);
    return Inbox.parse(found).data.map(({ payload }) => payload);
  }

  /** Adds rules to those that are in force. */
  async addRules(rules: readonly Rule[]): Promise<void> {
    const known = Rules.parse(await this.#admin('GET', '/sandbox/rules'));
    await this.#admin('PUT', '/sandbox/rules', [...known, ...rules]);
  }

  async #list<T>(route: string, item: z.ZodType<T>): Promise<T[]> {
    return z.object({ data: z.array(item) }).parse(await this.#admin('GET', route)).data;
  }

  async #find(route: string): Promise<unknown> {
    return this.#admin('GET', route, undefined, [404]);
  }

  async #admin(
    method: string,
    route: string,
    body?: string | object,
    absent: number[] = [],
  ): Promise<unknown> {
    const authorization = `Bearer ${this.#keys.admin}`;
    return this.#ask(method, route, { authorization, body, absent });
  }

  /** The answer's JSON; null where its status is one of `absent`. Throws DemoError. */
  async #ask(
    method: string,
    route: string,
    { authorization, body, absent = [] }: Ask,
  ): Promise<unknown> {
    const type = typeof body === 'string' ? 'application/yaml' : 'application/json';
    const what = `${method} ${route.split('?')[0] ?? route}`;
    const answer = await fetch(this.#url + route, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => {
      throw new DemoError(`${what} got no answer from ${this.#url}.`);
    });
    if (absent.includes(answer.status)) return null;
    const told: unknown = await answer.json().catch(() => null);
    if (!answer.ok) throw new DemoError(`${what} was answered with ${problemOf(answer, told)}`);
    return told;
  }
}

interface Ask {
  authorization: string;
  body: string | object | undefined;
  absent?: number[];
}

function problemOf({ status }: Response, told: unknown): string {
  const problem = z.object({ title: z.string(), detail: z.string().optional() }).safeParse(told);
  const words = problem.success ? (problem.data.detail ?? problem.data.title) : 'no explanation.';
  return `${String(status)}: ${words}`;
}
