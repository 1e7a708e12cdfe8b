import { loadClientConnectConfig } from '@temporalio/envconfig';
import { isLoopback } from './is-loopback.ts';
import { keyFaults, type KeySettings } from './key-faults.ts';
import { sourceFaults } from './source-faults.ts';

/** What is looked at of the configuration (platform/config.ts). */
interface Settings extends KeySettings {
  KAIROS_ENV?: 'production' | 'development' | undefined;
  KAIROS_ALLOW_INSECURE: readonly string[];
  KAIROS_PUBLIC_URL: string;
  KAIROS_TRACKING_URL?: string | undefined;
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
  'certificates',
  'webhooks',
  'source',
] as const;
type Insecurity = (typeof INSECURITIES)[number];

interface Finding {
  what: Insecurity;
  /** The hosts or the variable it is about, where there are any: they alone may be allowed. */
  about?: readonly string[];
  sentence: string;
}

/** Variables that point a provider's library at another address than the provider's own. */
const PROVIDER_URLS = [
  'SENDGRID_BASE_URL',
  'TWILIO_BASE_URL',
  'FCM_BASE_URL',
  'FCM_TOKEN_URL',
  'INFOBIP_BASE_URL',
  'WEB_PUSH_BASE_URL',
] as const;

/**
 * What is insecure in this environment, one sentence each, with the variable and the way out;
 * empty outside production. What KAIROS_ALLOW_INSECURE names is let pass: `mongo`, or
 * `mongo@HOST` for that host alone, so that an exception made for a private network does not hold
 * when the address changes; of keys the variable stands in the place of the host. Sentences quote
 * no value but a host's name.
 */
export function productionFaults(config: Settings, env: Environment): string[] {
  if (!isProduction(config, env)) return [];
  const findings = [
    ...mongoFindings(config),
    ...temporalFindings(config, env),
    ...publicUrlFindings(config),
    ...keyFindings(config),
    ...providerFindings(config, env),
    ...smtpFindings(env),
    ...certificateFindings(env),
    ...sourceFaults(env).map((fault) => ({ what: 'source' as const, ...fault })),
  ];
  const allowed = new Set(config.KAIROS_ALLOW_INSECURE);
  return findings.flatMap(({ what, about, sentence }) => {
    const words = about === undefined ? [what] : about.map((one) => `${what}@${one}`);
    const missing = allowed.has(what) ? [] : words.filter((word) => !allowed.has(word));
    if (missing.length === 0) return [];
    return `${sentence} To allow it as it is, add ${missing.join(',')} to KAIROS_ALLOW_INSECURE.`;
  });
}

/**
 * Whether webhooks may go to this machine, to private networks and without TLS: outside production,
 * or where `webhooks` is allowed.
 */
export function allowsPrivateWebhooks(
  config: Pick<Settings, 'KAIROS_ENV' | 'KAIROS_ALLOW_INSECURE'>,
  env: Environment,
): boolean {
  return !isProduction(config, env) || config.KAIROS_ALLOW_INSECURE.includes('webhooks');
}

/** KAIROS_ENV decides; without it NODE_ENV, which the image sets. */
function isProduction({ KAIROS_ENV }: Pick<Settings, 'KAIROS_ENV'>, env: Environment): boolean {
  return (KAIROS_ENV ?? env.NODE_ENV) === 'production';
}

/** Ways to prove who one is without a name in the address: by certificate, or by the cloud's own. */
const MONGO_PROOFS = new Set(['mongodb-x509', 'mongodb-aws', 'mongodb-oidc']);

/** Options by which a driver takes any certificate. */
const MONGO_LAX = ['tlsinsecure', 'tlsallowinvalidcertificates', 'tlsallowinvalidhostnames'];

/** What of a connection string says where it leads and how. */
interface MongoAddress {
  /** Hosts that are not on this machine. */
  remote: string[];
  user: string;
  isSrv: boolean;
  /** In lower case, as drivers compare them. */
  option: (name: string) => string | undefined;
}

function readMongoAddress(uri: string): MongoAddress {
  const parts = /^mongodb(\+srv)?:\/\/(?:([^/?@]*)@)?([^/?]+)\/?[^?]*(?:\?(.*))?$/.exec(uri);
  const [, srv, login = '', hosts = '', query = ''] = parts ?? [];
  const names = hosts.split(',').map((host) => host.replace(/:\d+$/, ''));
  const options = [...new URLSearchParams(query)];
  return {
    remote: names.filter((host) => !isLoopback(host) && !host.toLowerCase().endsWith('.sock')),
    user: login.split(':')[0] ?? '',
    isSrv: srv !== undefined,
    option: (name) => options.find(([key]) => key.toLowerCase() === name)?.[1].toLowerCase(),
  };
}

function mongoFindings({ MONGODB_URI }: Settings): Finding[] {
  const address = readMongoAddress(MONGODB_URI);
  const { remote, user, option } = address;
  if (remote.length === 0) return [];
  const names = remote.join(', ');
  const sentences = mongoTlsFaults(address, names);
  if (user === '' && !MONGO_PROOFS.has(option('authmechanism') ?? '')) {
    sentences.push(
      `MONGODB_URI reaches ${names} without a user: whoever is on that network could read and change every profile. Give user:password@, or authMechanism=MONGODB-X509 with tlsCertificateKeyFile.`,
    );
  }
  return sentences.map((sentence) => ({ what: 'mongo', about: remote, sentence }));
}

function mongoTlsFaults({ isSrv, option }: MongoAddress, names: string): string[] {
  const tls = option('tls') ?? option('ssl') ?? String(isSrv);
  if (tls !== 'true') {
    return [
      `MONGODB_URI reaches ${names} without TLS: profiles would cross the network in clear text. Add tls=true to its options.`,
    ];
  }
  if (!MONGO_LAX.some((name) => option(name) === 'true')) return [];
  return [
    `MONGODB_URI does not check the certificate of ${names}: anybody between could read along. Give tlsCAFile instead.`,
  ];
}

function temporalFindings({ TEMPORAL_ADDRESS }: Settings, env: Environment): Finding[] {
  const host = TEMPORAL_ADDRESS.replace(/:\d+$/, '');
  if (isLoopback(host) || temporalHasTls(env)) return [];
  const sentence = `TEMPORAL_ADDRESS reaches ${host} without TLS: whoever is on that network could start and end runs. Set TEMPORAL_TLS=true, with TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH or TEMPORAL_API_KEY as your server asks.`;
  return [{ what: 'temporal', about: [host], sentence }];
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

function publicUrlFindings({ KAIROS_PUBLIC_URL, KAIROS_TRACKING_URL }: Settings): Finding[] {
  const findings: Finding[] = [];
  if (isOpen(KAIROS_PUBLIC_URL)) {
    const sentence =
      'KAIROS_PUBLIC_URL is not https: receipts of providers and links in messages would cross the internet in clear text. Put a proxy with TLS before the API and give its https address.';
    findings.push({ what: 'public-url', sentence });
  }
  if (KAIROS_TRACKING_URL !== undefined && isOpen(KAIROS_TRACKING_URL)) {
    const sentence =
      'KAIROS_TRACKING_URL is not https: who follows which link would cross the internet in clear text, and mail programs warn of such links. Give the domain a certificate and write its https address.';
    findings.push({ what: 'public-url', sentence });
  }
  return findings;
}

/** Whether what is sent there can be read on its way. */
function isOpen(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol !== 'https:' && !isLoopback(hostname);
}

function keyFindings(config: Settings): Finding[] {
  return keyFaults(config).map(({ variable, sentence }) => ({
    what: 'keys',
    about: [variable],
    sentence,
  }));
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
  const { SMTP_URL } = env;
  if (!SMTP_URL || !URL.canParse(SMTP_URL)) return [];
  const { protocol, hostname, searchParams } = new URL(SMTP_URL);
  if (isLoopback(hostname)) return [];
  const sentences: string[] = [];
  if (protocol !== 'smtps:' && searchParams.get('requireTLS') !== 'true') {
    sentences.push(
      `SMTP_URL reaches ${hostname} and would go on in clear text where TLS is not offered. Use smtps://, or add ?requireTLS=true.`,
    );
  }
  // Nodemailer makes TLS options of these, and takes `false` and `0` for a no.
  if (searchParams.getAll('tls.rejectUnauthorized').some((value) => value !== 'true')) {
    sentences.push(
      `SMTP_URL does not check the certificate of ${hostname}: anybody between could read the mails and its password. Remove tls.rejectUnauthorized; NODE_EXTRA_CA_CERTS names a certificate authority of your own.`,
    );
  }
  return sentences.map((sentence) => ({ what: 'smtp', about: [hostname], sentence }));
}

/** Node.js itself then checks nobody's certificate. */
function certificateFindings({ NODE_TLS_REJECT_UNAUTHORIZED: check }: Environment): Finding[] {
  if (check !== '0') return [];
  const sentence =
    'NODE_TLS_REJECT_UNAUTHORIZED is 0: no certificate of any server is checked, so anybody between could read along. Remove it; NODE_EXTRA_CA_CERTS names a certificate authority of your own.';
  return [{ what: 'certificates', sentence }];
}
