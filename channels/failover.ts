import { ProviderError, type Outgoing, type Provider } from '#channels/provider.ts';
import type { ProviderLines } from '#channels/providers.ts';
import {
  heard,
  HEALTHY,
  mayCall,
  probing,
  unprobed,
  type Breaker,
} from '#domain/message/breaker.ts';
import type { Channel } from '#domain/message/message.ts';

/** How one provider of a channel stands, as this process sees it. */
export interface ProviderState {
  channel: Channel;
  provider: string;
  state: Breaker['state'];
  /** Epoch ms of the next probe of one that is not healthy. */
  probeAt: number | null;
}

/** The providers of every channel, the first choice first, and which of them is well. */
export interface Failover {
  /**
   * Whom to call now: the first that is healthy, one of `avoid` only where no other is. Where none
   * is, the first choice: a breaker decides between providers and never whether anything is sent.
   */
  choose(channel: Channel, avoid?: readonly string[]): Provider;
  /**
   * What `choose` gave is not called after all: if that was to be its probe, the next call is. Of any
   * other it changes nothing: somebody else's call may be finding out at this moment.
   */
  release(provider: Provider): void;
  /** Whom `choose` would name. */
  next(channel: Channel, avoid?: readonly string[]): Provider;
  /** Whether this one could be called now. */
  isFree(channel: Channel, name: string): boolean;
  /** Who stands by in a channel, the first choice first. */
  line(channel: Channel): readonly string[];
  /** The provider of a name, as a message keeps it; undefined: it is in use no more. */
  named(channel: Channel, name: string | null): Provider | undefined;
  states(): ProviderState[];
}

/** How well each provider is, and whose call is finding that out at this moment. */
class Health {
  readonly #clock: () => number;
  readonly #breakers = new Map<Provider, Breaker>();
  /** Those that were chosen as probes: of whom, and how the breaker stood from then on. */
  readonly #probes = new WeakMap<Provider, { of: Provider; since: Breaker }>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  of(provider: Provider): Breaker {
    return this.#breakers.get(provider) ?? HEALTHY;
  }

  mayCall(provider: Provider): ReturnType<typeof mayCall> {
    return mayCall(this.of(provider), this.#clock());
  }

  hear(provider: Provider, end: 'ok' | 'failed', begunAt: number): void {
    const now = this.#clock();
    this.#breakers.set(provider, heard(this.of(provider), { end, begunAt }, now));
  }

  /** The same provider for the one call that finds out. */
  probe(provider: Provider): Provider {
    const since = probing(this.of(provider), this.#clock());
    this.#breakers.set(provider, since);
    const probe: Provider = {
      ...provider,
      send: async (outgoing) => {
        try {
          return await provider.send(outgoing);
        } catch (error) {
          // It did not find out: the next call does.
          if (isTooShort(outgoing, error)) this.release(probe);
          throw error;
        }
      },
    };
    this.#probes.set(probe, { of: provider, since });
    return probe;
  }

  /** Where that call is not made, or says nothing, the next one finds out. */
  release(chosen: Provider): void {
    const probe = this.#probes.get(chosen);
    if (probe === undefined) return;
    const { of, since } = probe;
    // The very same breaker: meanwhile another call may have become the probe, or spoken.
    if (this.of(of) === since) this.#breakers.set(of, unprobed(since, this.#clock()));
  }
}

/** Watches each provider's calls from here on: `choose` gives providers that are watched. */
export function createFailover(lines: ProviderLines, clock: () => number): Failover {
  const health = new Health(clock);
  const watched = mapLines(lines, (provider) => {
    const { name, channel, capabilities } = provider;
    const find = provider.find?.bind(provider);
    const own: Provider = {
      name,
      channel,
      capabilities,
      send: async (outgoing) => {
        const begunAt = clock();
        try {
          const sent = await provider.send(outgoing);
          health.hear(own, 'ok', begunAt);
          return sent;
        } catch (error) {
          if (!isTooShort(outgoing, error)) {
            health.hear(own, isUnhealthy(error) ? 'failed' : 'ok', begunAt);
          }
          throw error;
        }
      },
      ...(find && { find }),
      close: async () => provider.close?.(),
    };
    return own;
  });
  const isFree = (provider: Provider): boolean => health.mayCall(provider) !== 'no';
  const next = (channel: Channel, avoid: readonly string[]): Provider => {
    const line = watched[channel];
    const others = line.filter(({ name }) => !avoid.includes(name));
    return [...others, ...line].find(isFree) ?? line[0];
  };
  const named = (channel: Channel, name: string | null): Provider | undefined =>
    watched[channel].find((one) => one.name === name);
  return {
    next: (channel, avoid = []) => next(channel, avoid),
    choose(channel, avoid = []) {
      const chosen = next(channel, avoid);
      return health.mayCall(chosen) === 'probe' ? health.probe(chosen) : chosen;
    },
    release: (chosen) => {
      health.release(chosen);
    },
    isFree: (channel, name) => {
      const provider = named(channel, name);
      return provider !== undefined && isFree(provider);
    },
    line: (channel) => watched[channel].map(({ name }) => name),
    named,
    states: () =>
      Object.values(watched)
        .flat()
        .map((provider) => stateOf(provider, health.of(provider))),
  };
}

export function mapLines(
  lines: ProviderLines,
  change: (provider: Provider) => Provider,
): ProviderLines {
  const entries = Object.entries(lines).map(([channel, line]) => [channel, line.map(change)]);
  return Object.fromEntries(entries) as ProviderLines;
}

function stateOf({ name: provider, channel }: Provider, breaker: Breaker): ProviderState {
  const probeAt = breaker.state === 'closed' ? null : breaker.until;
  return { channel, provider, state: breaker.state, probeAt };
}

/** A call that was given less time than this, in ms, says nothing by its silence: we hung up. */
const JUDGED_MS = 2_000;

function isTooShort({ timeoutMs }: Outgoing, error: unknown): boolean {
  if (timeoutMs >= JUDGED_MS) return false;
  return error instanceof ProviderError && error.action === 'unsure';
}

/** A wrong key or a closed account, which no repeat of the call can mend. */
const ACCOUNT_FAULT = /-(401|403|20003|auth|token)$/;

/** Whether our account at the provider is wrong: what no repeat can mend, and another provider may. */
export function isAccountFault(error: ProviderError): boolean {
  return error.action === 'ourFault' && ACCOUNT_FAULT.test(error.message);
}

/**
 * A provider that says it is asked too often, and nothing else: one that is down for an hour says
 * when to come back, too. Codes end with the provider's status; Twilio writes 429 as 20429.
 */
export function isRateLimit(error: ProviderError): boolean {
  return error.message.endsWith('429');
}

/**
 * Whether an error speaks against the provider: it is away, broken, silent, or does not know us any
 * more. A rate limit, a bad address or a refused content comes from one that is well.
 */
export function isUnhealthy(error: unknown): boolean {
  if (!(error instanceof ProviderError)) return true;
  switch (error.action) {
    case 'unsure':
      return true;
    case 'retryLater':
      return !isRateLimit(error);
    case 'ourFault':
      return isAccountFault(error);
    case 'badAddress':
    case 'optedOut':
      return false;
  }
}
