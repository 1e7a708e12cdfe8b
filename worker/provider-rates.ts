import { PROVIDER_KINDS } from '#channels/catalogue.ts';
import type { Config } from '#platform/config.ts';

/** Calls a second a provider's queue lets through where nothing is set: far below every provider's own limit. */
const RATE = 100;

export interface ProviderRates {
  /** Calls a second, over all workers. */
  of(provider: string): number;
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
    of: (provider) => rates.get(provider) ?? RATE,
    isSet: (provider) => rates.has(provider),
  };
}
