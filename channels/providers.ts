import type { Provider } from '#channels/provider.ts';
import type { ChannelSettings } from '#channels/settings.ts';
import { unsetProvider } from '#channels/unset.ts';
import { CHANNELS, type Channel } from '#domain/message/message.ts';

/** The first choice of every channel. Nothing is connected until the first send. */
export function createProviders(settings: ChannelSettings): Record<Channel, Provider> {
  const made = CHANNELS.map((channel) => {
    const create = settings.providers[channel][0];
    return [channel, create === undefined ? unsetProvider(channel) : create()] as const;
  });
  return Object.fromEntries(made) as Record<Channel, Provider>;
}

/** Frees the connections of all providers. */
export async function closeProviders(providers: Record<Channel, Provider>): Promise<void> {
  await Promise.all(Object.values(providers).map(async (provider) => provider.close?.()));
}
