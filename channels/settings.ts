import { PROVIDER_KINDS } from '#channels/catalogue.ts';
import type { Provider } from '#channels/provider.ts';
import type { TextsHook } from '#channels/inbound-text.ts';
import type { Environment, ProviderKind, ReadReceipts } from '#channels/provider-kind.ts';
import type { ReceiptLinks } from '#channels/receipt-links.ts';
import { CHANNELS, type Channel } from '#domain/message/message.ts';

/** Without a provider of these Kairos does not start; any other channel may be left out. */
const NEEDED: readonly Channel[] = ['email', 'sms', 'push'];

/** A provider that is in use. */
interface SetProvider extends Pick<ProviderKind, 'name' | 'capabilities'> {
  /** Connects nothing: that is for the first send. */
  create: () => Provider;
}

/** Everything the channels are told, read from the environment once. */
export interface ChannelSettings {
  /** By channel, the first choice first; none where nothing is set. */
  readonly providers: Readonly<Record<Channel, readonly SetProvider[]>>;
  /** How posts to our webhooks are read, by the provider's name. */
  readonly receipts: Readonly<Record<string, ReadReceipts>>;
  /** How what people write back is read, by the provider's name. */
  readonly texts: Readonly<Record<string, TextsHook>>;
}

/**
 * Reads the channels' settings: a provider is in use where its variables are set. Throws an Error
 * that names the variables that are missing or wrong, never their values.
 */
export function channelSettings(env: Environment, links: ReceiptLinks): ChannelSettings {
  const faults: string[] = [];
  const opened = CHANNELS.map((channel) => {
    const made = kindsFor(channel, env).flatMap((kind): SetProvider[] => {
      const read = kind.open(env, links);
      const { name, capabilities } = kind;
      if ('ok' in read) return [{ name, capabilities, create: read.ok }];
      faults.push(...read.faults);
      return [];
    });
    return [channel, made] as const;
  });
  const receipts: Record<string, ReadReceipts> = {};
  const texts: Record<string, TextsHook> = {};
  for (const { name, webhook } of PROVIDER_KINDS) {
    const read = webhook?.open(env, links);
    if (read === undefined) continue;
    if ('ok' in read) receipts[name] = read.ok;
    else faults.push(...read.faults);
    const hook = webhook?.texts?.(env, links);
    if (hook !== undefined && 'ok' in hook) texts[name] = hook.ok;
  }
  if (faults.length > 0) {
    const named = [...new Set(faults)].join(', ');
    throw new Error(`these variables are missing or wrong: ${named}`);
  }
  return {
    providers: Object.fromEntries(opened) as unknown as ChannelSettings['providers'],
    receipts,
    texts,
  };
}

/** Those that are set; of a channel that needs one and has none, the first that could be. */
function kindsFor(channel: Channel, env: Environment): ProviderKind[] {
  const kinds = PROVIDER_KINDS.filter((kind) => kind.channel === channel);
  const set = kinds.filter((kind) => kind.isSet(env));
  return set.length === 0 && NEEDED.includes(channel) ? kinds.slice(0, 1) : set;
}
