import type { Provider } from '#channels/provider.ts';
import type { ChannelSettings } from '#channels/settings.ts';
import { unsetProvider } from '#channels/unset.ts';
import { CHANNELS, type Channel } from '#domain/message/message.ts';

/** The providers of every channel, the first choice first. */
export type ProviderLines = Readonly<Record<Channel, readonly [Provider, ...Provider[]]>>;

/**
 * Nothing is connected until the first send. `own` are those that carry nothing to anybody: what is
 * shown on the shop's own pages (channels/site/).
 */
export function createLines(
  settings: ChannelSettings,
  own: readonly Provider[] = [],
): ProviderLines {
  const lines = CHANNELS.map((channel) => {
    const made = [
      ...settings.providers[channel].map(({ create }) => create()),
      ...own.filter((provider) => provider.channel === channel),
    ];
    return [channel, made.length === 0 ? [unsetProvider(channel)] : made] as const;
  });
  return Object.fromEntries(lines) as unknown as ProviderLines;
}

/** The first choice of every channel. */
export function createProviders(settings: ChannelSettings): Record<Channel, Provider> {
  return firstOf(createLines(settings));
}

export function firstOf(lines: ProviderLines): Record<Channel, Provider> {
  const firsts = CHANNELS.map((channel) => [channel, lines[channel][0]] as const);
  return Object.fromEntries(firsts) as Record<Channel, Provider>;
}

/** What one message of each channel costs with its first choice, in micro-units of US dollars. */
export function costsOf(lines: ProviderLines): Record<Channel, number> {
  const costs = CHANNELS.map((one) => [one, lines[one][0].capabilities.costMicros] as const);
  return Object.fromEntries(costs) as Record<Channel, number>;
}

/** Frees the connections of all providers. */
export async function closeProviders(providers: readonly Provider[]): Promise<void> {
  await Promise.all(providers.map(async (provider) => provider.close?.()));
}
