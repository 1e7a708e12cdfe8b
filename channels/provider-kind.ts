import type { z } from 'zod';
import type { Capabilities, Provider, ProviderReceipt } from '#channels/provider.ts';
import type { ReceiptLinks } from '#channels/receipt-links.ts';
import type { InboundText, TextsHook } from '#channels/inbound-text.ts';
import type { WebhookRequest } from '#channels/webhook-request.ts';
import type { Channel } from '#domain/message/message.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Which variable each setting is read from; one that is missing or empty is no setting. */
type Variables<Settings> = Readonly<Record<keyof Settings & string, string>>;

/** All that makes a file one of Kairos' providers. */
interface Definition<Settings, Own> {
  name: string;
  channel: Channel;
  capabilities: Capabilities;
  /** The provider is in use where any of these variables is set. */
  setBy: readonly string[];
  variables: NoInfer<Variables<Settings>>;
  settings: z.ZodType<Settings>;
  /** Connects nothing: that is for the first send. */
  create: (settings: Settings, links: ReceiptLinks) => Provider;
  /**
   * How its posts to `/v1/webhooks/<name>` are verified and understood. Its settings stand apart:
   * late receipts are heard of a provider that is in use no more.
   */
  receipts?: {
    /** What proves that a post is the provider's, for the API's description. */
    signedBy: string;
    contentType: string;
    variables: NoInfer<Variables<Own>>;
    settings: z.ZodType<Own>;
    /** @throws DomainError `forbidden` for a wrong signature, `malformed` */
    read: (request: WebhookRequest, settings: Own, links: ReceiptLinks) => ProviderReceipt[];
    /** How it hands on what people write back, with the same settings. */
    texts?: {
      read: (request: WebhookRequest, settings: Own, links: ReceiptLinks) => InboundText | null;
      reply: TextsHook['reply'];
    };
  };
}

/** Verifies and reads one post of a provider. @throws DomainError `forbidden`, `malformed` */
export type ReadReceipts = (request: WebhookRequest) => ProviderReceipt[];

/** What was read of the environment, or the variables that are missing or wrong, some with why. */
type Opened<T> = { ok: T } | { faults: string[] };

/** A provider as the catalogue lists it. */
export interface ProviderKind {
  readonly name: string;
  readonly channel: Channel;
  readonly capabilities: Capabilities;
  isSet(env: Environment): boolean;
  open(env: Environment, links: ReceiptLinks): Opened<() => Provider>;
  /** Null: it posts nothing to us. */
  webhook: {
    signedBy: string;
    contentType: string;
    open: (env: Environment, links: ReceiptLinks) => Opened<ReadReceipts>;
    /** Null: it hands on nothing that people write. */
    texts: ((env: Environment, links: ReceiptLinks) => Opened<TextsHook>) | null;
  } | null;
}

export function defineProvider<Settings, Own = Settings>(
  definition: Definition<Settings, Own>,
): ProviderKind {
  const { name, channel, capabilities, receipts } = definition;
  return {
    name,
    channel,
    capabilities,
    isSet: (env) => definition.setBy.some((variable) => Boolean(env[variable])),
    open(env, links) {
      const read = readSettings(definition.settings, definition.variables, env);
      return 'faults' in read ? read : { ok: () => definition.create(read.ok, links) };
    },
    webhook:
      receipts === undefined
        ? null
        : {
            signedBy: receipts.signedBy,
            contentType: receipts.contentType,
            open: (env, links) => {
              const read = readSettings(receipts.settings, receipts.variables, env);
              return 'faults' in read
                ? read
                : { ok: (request) => receipts.read(request, read.ok, links) };
            },
            texts: openTexts(receipts),
          },
  };
}

function openTexts<Own>({
  settings,
  variables,
  texts,
}: NonNullable<Definition<never, Own>['receipts']>): NonNullable<ProviderKind['webhook']>['texts'] {
  if (texts === undefined) return null;
  return (env, links) => {
    const read = readSettings(settings, variables, env);
    if ('faults' in read) return read;
    return {
      ok: { read: (request) => texts.read(request, read.ok, links), reply: texts.reply },
    };
  };
}

/** Reads settings from their variables, or names those at fault. */
export function readSettings<Settings>(
  schema: z.ZodType<Settings>,
  variables: Variables<Settings>,
  env: Environment,
): Opened<Settings> {
  const names = new Map<string, string>(Object.entries(variables));
  const given = [...names].flatMap(([name, variable]): [string, string][] => {
    const text = env[variable];
    return text ? [[name, text]] : [];
  });
  const read = schema.safeParse(Object.fromEntries(given));
  if (read.success) return { ok: read.data };
  const faults = read.error.issues.map(({ path, code, message }) => {
    const name = String(path[0]);
    const variable = names.get(name) ?? name;
    // Words of a schema's own say what to do; the library's may quote what was given.
    const isOwn = code === 'custom' && message !== 'Invalid input';
    return isOwn ? `${variable} (${message})` : variable;
  });
  return { faults: [...new Set(faults)] };
}
