import { loadClientConnectConfig } from '@temporalio/envconfig';

/** What is looked at of the configuration (platform/config.ts). */
interface Settings {
  KAIROS_ENV?: 'production' | 'development' | undefined;
  KAIROS_ALLOW_INSECURE: readonly string[];
  KAIROS_PUBLIC_URL: string;
  KAIROS_WRITE_KEY: string;
  KAIROS_ADMIN_KEY: string;
  KAIROS_BROWSER_KEY?: string | undefined;
  KAIROS_METRICS_KEY?: string | undefined;
  KAIROS_LINK_SECRET?: string | undefined;
  KAIROS_SANDBOX_URL?: string | undefined;
  MONGODB_URI: string;
  TEMPORAL_ADDRESS: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What may be insecure, by the word that allows it in KAIROS_ALLOW_INSECURE. */
export const INSECURITIES = [
  'mongo',
  'temporal',
  'public-url',
  'keys',
  'sandbox',
  'provider-url',
  'smtp',
] as const;
type Insecurity = (typeof INSECURITIES)[number];

interface Finding {
  what: Insecurity;
  /** The host it is about, where there is one: it alone may be allowed. */
  host?: string;
  sentence: string;
}

/** Even 20 random hexadecimal digits practically always have more different ones. */
const KEY_VARIETY_MIN = 8;

/** Words of examples and of haste. Five letters or more: no random key holds one by chance. */
const KEY_WORDS =
  /example|change|secret|password|default|sample|insecure|kairos|admin|write|browser|metrics|12345|abcde/i;

const KEYS = [
  'KAIROS_WRITE_KEY',
  'KAIROS_ADMIN_KEY',
  'KAIROS_BROWSER_KEY',
  'KAIROS_METRICS_KEY',
  'KAIROS_LINK_SECRET',
] as const;

/** Variables that point a provider's library at another address than the provider's own. */
const PROVIDER_URLS = [
  'SENDGRID_BASE_URL',
  'TWILIO_BASE_URL',
  'FCM_BASE_URL',
  'FCM_TOKEN_URL',
] as const;

/**
 * What is insecure in this environment, one sentence each, with the variable and the way out;
 * empty outside production. What KAIROS_ALLOW_INSECURE names is let pass: `mongo`, or
 * `mongo@HOST` for that host alone, so that an exception made for a private network does not hold
 * when the address changes. Sentences quote no value but a host's name.
 */
export function productionFaults(config: Settings, env: Environment): string[] {
  if (!isProduction(config, env)) return [];
  const allowed = new Set<string>(config.KAIROS_ALLOW_INSECURE);
  return [
    ...mongoFindings(config),
    ...temporalFindings(config, env),
    ...publicUrlFindings(config),
    ...keyFindings(config),
    ...providerFindings(config, env),
    ...smtpFindings(env),
  ]
    .filter(({ what, host }) => !allowed.has(what) && !allowed.has(`${what}@${host ?? ''}`))
    .map(({ what, host, sentence }) => {
      const word = host === undefined ? what : `${what}@${host}`;
      return `${sentence} To allow it as it is, add ${word} to KAIROS_ALLOW_INSECURE.`;
    });
}

/** KAIROS_ENV decides; without it NODE_ENV, which the image sets. */
function isProduction({ KAIROS_ENV }: Settings, env: Environment): boolean {
  return (KAIROS_ENV ?? env.NODE_ENV) === 'production';
}

/** Names and addresses that never leave the machine. */
function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

function mongoFindings({ MONGODB_URI: uri }: Settings): Finding[] {
  const parts = /^mongodb(\+srv)?:\/\/(?:[^/?@]*@)?([^/?]+)\/?[^?]*(?:\?(.*))?$/.exec(uri);
  const hosts = (parts?.[2] ?? '').split(',').map((host) => host.replace(/:\d+$/, ''));
  const remote = hosts.find((host) => !isLoopback(host) && !host.toLowerCase().endsWith('.sock'));
  if (remote === undefined) return [];
  const options = new URLSearchParams(parts?.[3] ?? '');
  const option = (name: string): string | undefined =>
    [...options].find(([key]) => key.toLowerCase() === name)?.[1]?.toLowerCase();
  const tls = option('tls') ?? option('ssl') ?? (parts?.[1] === undefined ? 'false' : 'true');
  if (tls !== 'true') {
    const sentence = `MONGODB_URI reaches ${remote} without TLS: profiles would cross the network in clear text. Add tls=true to its options.`;
    return [{ what: 'mongo', host: remote, sentence }];
  }
  const lax = ['tlsinsecure', 'tlsallowinvalidcertificates', 'tlsallowinvalidhostnames'];
  if (!lax.some((name) => option(name) === 'true')) return [];
  const sentence = `MONGODB_URI does not check the certificate of ${remote}: anybody between could read along. Give tlsCAFile instead.`;
  return [{ what: 'mongo', host: remote, sentence }];
}

function temporalFindings({ TEMPORAL_ADDRESS }: Settings, env: Environment): Finding[] {
  const host = TEMPORAL_ADDRESS.replace(/:\d+$/, '');
  if (isLoopback(host) || temporalHasTls(env)) return [];
  const sentence = `TEMPORAL_ADDRESS reaches ${host} without TLS: whoever is on that network could start and end runs. Set TEMPORAL_TLS=true, with TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH or TEMPORAL_API_KEY as your server asks.`;
  return [{ what: 'temporal', host, sentence }];
}

/** As platform/temporal.ts connects: a file of profiles counts only when it is named. */
function temporalHasTls(env: Environment): boolean {
  const given = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const disableFile = !env.TEMPORAL_CONFIG_FILE && !env.TEMPORAL_PROFILE;
  try {
    const { connectionOptions } = loadClientConnectConfig({
      overrideEnvVars: Object.fromEntries(given),
      disableFile,
    });
    return Boolean(connectionOptions.tls);
  } catch {
    // A certificate or a file that cannot be read: nothing says that the connection is safe.
    return false;
  }
}

function publicUrlFindings({ KAIROS_PUBLIC_URL }: Settings): Finding[] {
  const { protocol, hostname } = new URL(KAIROS_PUBLIC_URL);
  if (protocol === 'https:' || isLoopback(hostname)) return [];
  const sentence =
    'KAIROS_PUBLIC_URL is not https: receipts of providers and links in messages would cross the internet in clear text. Put a proxy with TLS before the API and give its https address.';
  return [{ what: 'public-url', sentence }];
}

function keyFindings(config: Settings): Finding[] {
  const given = KEYS.flatMap((name) => {
    const value = config[name];
    return value === undefined ? [] : [{ name, value }];
  });
  const weak = given.filter(({ value }) => isWeak(value)).map(({ name }) => name);
  const same = given
    .filter(({ value }, place) => given.findIndex((other) => other.value === value) < place)
    .map(({ name }) => name);
  const advice = 'Make each of its own with `openssl rand -hex 24`.';
  return [
    ...weak.map((name): Finding => ({
      what: 'keys',
      sentence: `${name} can be guessed. ${advice}`,
    })),
    ...same.map((name): Finding => {
      const sentence = `${name} is the same as another key, so who has one may do what the other may. ${advice}`;
      return { what: 'keys', sentence };
    }),
  ];
}

function isWeak(key: string): boolean {
  const repeats = /^(.{1,10})\1+$/.test(key);
  return repeats || new Set(key).size < KEY_VARIETY_MIN || KEY_WORDS.test(key);
}

function providerFindings({ KAIROS_SANDBOX_URL }: Settings, env: Environment): Finding[] {
  if (KAIROS_SANDBOX_URL !== undefined) {
    const sentence =
      'KAIROS_SANDBOX_URL is set: messages would go to the sandbox and reach nobody. Remove it and give the providers’ own keys.';
    return [{ what: 'sandbox', sentence }];
  }
  return PROVIDER_URLS.flatMap((name): Finding[] => {
    const url = env[name];
    if (!url || /^https:/i.test(url)) return [];
    const sentence = `${name} is not https: the provider’s key and customers’ addresses would be sent in clear text. Remove it, or give an https address.`;
    return [{ what: 'provider-url', sentence }];
  });
}

function smtpFindings(env: Environment): Finding[] {
  const { SMTP_URL, SENDGRID_API_KEY } = env;
  if (!SMTP_URL || SENDGRID_API_KEY || !URL.canParse(SMTP_URL)) return [];
  const { protocol, hostname, searchParams } = new URL(SMTP_URL);
  if (protocol === 'smtps:' || isLoopback(hostname)) return [];
  if (searchParams.get('requireTLS') === 'true') return [];
  const sentence = `SMTP_URL reaches ${hostname} and would go on in clear text where TLS is not offered. Use smtps://, or add ?requireTLS=true.`;
  return [{ what: 'smtp', host: hostname, sentence }];
}
