import { PROVIDER_KINDS } from '#channels/catalogue.ts';
import type { Config } from '#platform/config.ts';
import type { SendLane } from '#workflows/contract.ts';

/** Calls a second a provider's queue lets through where nothing is set: far below every provider's own limit. */
const RATE = 100;

/** Of a rate that is set, what is for those messages alone that somebody is owed. */
const OWED_SHARE = 0.2;

/**
 * Messages of one campaign that wait for a provider at most; of a lower rate a second's worth: what
 * somebody brought about waits behind no more than these, and what is owed behind none of them.
 */
const QUEUED_MAX = 50;
/** So many may wait however low the rate is: an activity that found one alone would cost more than its call. */
const QUEUED_LEAST = 5;

export interface ProviderRates {
  /** Calls a second of a provider's lanes, over all workers; together its rate. */
  lanes(provider: string): { lane: SendLane; perSecond: number }[];
  /** How many messages of a campaign may wait for it. */
  queuedMax(provider: string): number;
  /** Whether the rate was set: then every call goes through the provider's queue, where it is kept. */
  isSet(provider: string): boolean;
}

/** @throws Error for a name that is no provider's: a slip would leave that one without its limit. */
export function providerRates({
  KAIROS_PROVIDER_RATES: rates,
}: Pick<Config, 'KAIROS_PROVIDER_RATES'>): ProviderRates {
  const known = PROVIDER_KINDS.map(({ name }) => name);
  const strange = [...rates.keys()].filter((name) => !known.includes(name));
  if (strange.length > 0) {
    const names = known.join(', ');
    throw new Error(`KAIROS_PROVIDER_RATES names ${strange.join(', ')}; providers are ${names}`);
  }
  return {
    lanes(provider) {
      const rate = rates.get(provider);
      if (rate === undefined) return [{ lane: 'others', perSecond: RATE }];
      const owed = rate * OWED_SHARE;
      return [
        { lane: 'others', perSecond: rate - owed },
        { lane: 'owed', perSecond: owed },
      ];
    },
    queuedMax: (provider) =>
      Math.min(QUEUED_MAX, Math.max(QUEUED_LEAST, Math.floor(rates.get(provider) ?? RATE))),
    isSet: (provider) => rates.has(provider),
  };
}
