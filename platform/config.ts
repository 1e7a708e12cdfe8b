import { z } from 'zod';
import { KeptSetting, RetentionSetting, RUNS_KEPT } from './retention.ts';
import { ConnectionsSetting } from './connections.ts';
import { INSECURITIES, productionFaults } from './production-config.ts';

/**
 * Everything Kairos takes from its environment, read and checked once, at the start of a process.
 * The embedded launcher sets these for its children; in production the operator does.
 */
const key = z.string().regex(/^[A-Za-z0-9_-]{20,}$/, 'must be 20 or more of A-Za-z0-9_-');

/** Keys taken beside the one in force while clients change over; more than a few were forgotten. */
export const PREVIOUS_KEYS_MAX = 5;
/** Calls a second of one provider: more than any of them takes. */
const RATE_MAX = 100_000;

/**
 * Secrets of links are kept for good. One a month lasts eight years; each is one more HMAC for a
 * link that is not ours, some microseconds.
 */
export const PREVIOUS_LINK_SECRETS_MAX = 100;

function previousKeys(max: number) {
  return z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((one) => one.trim() || []))
    .pipe(z.array(key).max(max, `may hold ${String(max)} keys at most`));
}

const BASE_ONLY = 'must be an address without a query, a fragment or a password';

export const Config = z.object({
  KAIROS_PORT: z.coerce.number().int().min(1).max(65_535).default(8080),
  /** Address the API listens on; containers set 0.0.0.0. */
  KAIROS_HOST: z.string().default('127.0.0.1'),
  /** Where the outside reaches this API: provider webhooks and links are built on it. */
  KAIROS_PUBLIC_URL: z.url().default('http://127.0.0.1:8080'),
  /** The shop's own domain for links in messages, where it is another one than that. */
  KAIROS_TRACKING_URL: z
    .url({ protocol: /^https?$/ })
    .refine(isBase, { error: BASE_ONLY })
    .optional(),
  /** Hosts that links may lead to which only a message says, by commas; `*.shop.example` too. */
  KAIROS_LINK_HOSTS: z
    .string()
    .default('')
    .transform((hosts) => hosts.split(',').flatMap((host) => host.trim().toLowerCase() || []))
    .refine((hosts) => hosts.every(isHost), {
      message: 'must be hosts by commas, each with *. before it or without',
    }),
  KAIROS_WRITE_KEY: key,
  KAIROS_ADMIN_KEY: key,
  /** A second tracking key, of kind `browser`: public, so it may do less. */
  KAIROS_BROWSER_KEY: key.optional(),
  /** Keys that still count beside the new ones, by commas: rotation without downtime. */
  KAIROS_WRITE_KEY_PREVIOUS: previousKeys(PREVIOUS_KEYS_MAX),
  KAIROS_ADMIN_KEY_PREVIOUS: previousKeys(PREVIOUS_KEYS_MAX),
  KAIROS_BROWSER_KEY_PREVIOUS: previousKeys(PREVIOUS_KEYS_MAX),
  /** Signs unsubscribe links; outside production the admin key does where this is unset. */
  KAIROS_LINK_SECRET: key.optional(),
  /** Secrets that links in mails already sent were signed with: keep them for good. */
  KAIROS_LINK_SECRET_PREVIOUS: previousKeys(PREVIOUS_LINK_SECRETS_MAX),
  MONGODB_URI: z.string().min(1),
  TEMPORAL_ADDRESS: z.string().min(1),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  /** Base address of Temporal's UI, for links in answers. */
  KAIROS_TEMPORAL_UI: z.url().optional(),
  /** Present while a sandbox plays some provider. */
  KAIROS_SANDBOX_URL: z.url().optional(),
  KAIROS_CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default('USD'),
  /** Language of content when neither the profile nor the browser says one. */
  KAIROS_LANGUAGE: z.string().default('en'),
  /** Zone of customers whose own is unknown. */
  KAIROS_ZONE: z.string().default('UTC'),
  /** Default country of phone numbers without a prefix, ISO 3166-1 alpha-2. */
  KAIROS_COUNTRY: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
  /** Whom visitors may sign up with: `google=https://accounts.google.com CLIENT_ID`, by commas. */
  KAIROS_OPENID: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((one) => one.trim() || []))
    .refine((all) => all.every((one) => readOpenId(one) !== null), {
      message: 'must be NAME=ISSUER CLIENT_ID by commas; the issuer is an https address',
    })
    .transform((all) => all.flatMap((one) => readOpenId(one) ?? [])),
  /** What proves who calls in webhooks of journeys: `loyalty=https://a.example whsec_…`, by commas. */
  KAIROS_CONNECTIONS: ConnectionsSetting,
  /** Seconds a provider is given to tell of a message it may have taken before it is sent again. */
  KAIROS_RECEIPT_WAIT_S: z.coerce.number().int().min(5).max(86_400).default(60),
  /** Calls a second of providers, over all workers, by their names: `twilio=20,sendgrid=500`. */
  KAIROS_PROVIDER_RATES: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((rule) => rule.trim() || []))
    .refine((rules) => rules.every(isRate), {
      message: `must be NAME=RATE by commas, more than 0 and at most ${String(RATE_MAX)} a second`,
    })
    .transform((rules) => new Map(rules.map(readRate))),
  /** Only reads `/metrics`: for Prometheus, which need not hold the admin key. */
  KAIROS_METRICS_KEY: key.optional(),
  /** Where the worker serves `/metrics`, `/healthz` and `/readyz`: HOST:PORT. Unset: nowhere. */
  KAIROS_WORKER_METRICS: z
    .string()
    .regex(/^(\[[0-9a-f:]+\]|[^:\s]+):\d{1,5}$/i, 'must be HOST:PORT')
    .optional(),
  /** In production an insecure environment is refused; NODE_ENV decides where this is not set. */
  KAIROS_ENV: z.enum(['production', 'development']).optional(),
  /** Insecurities that are known and wanted, by commas: `mongo`, or `mongo@HOST` for one host alone. */
  KAIROS_ALLOW_INSECURE: z
    .string()
    .default('')
    .transform((words) => words.split(',').flatMap((word) => word.trim() || []))
    .refine((words) => words.every(isInsecurity), {
      message: `must be words of ${INSECURITIES.join(', ')}, each with @HOST (keys: @VARIABLE) or without, by commas`,
    }),
  /** How long events are kept, by name: `Page Viewed=P90D,*=P3Y,Order *=forever` (retention.ts). */
  KAIROS_RETENTION: z.string().default('').pipe(RetentionSetting),
  /** How long ended runs, and messages, are kept. */
  KAIROS_RUN_RETENTION: z.string().default(RUNS_KEPT).pipe(KeptSetting),
  /** Events accepted and not yet routed before 429; where unset, that of events/accept-pressure.ts. */
  KAIROS_BACKLOG_MAX: z.coerce.number().int().min(1_000).max(10_000_000).optional(),
  KAIROS_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});
export type Config = z.infer<typeof Config>;

/** A provider of OpenID Connect, and who we are to it. */
export interface OpenIdSetting {
  name: string;
  issuer: string;
  clientId: string;
}

function readOpenId(text: string): OpenIdSetting | null {
  const [, name, issuer, clientId] = /^([a-z][a-z0-9-]*)=(\S+)\s+(\S+)$/.exec(text) ?? [];
  if (name === undefined || issuer === undefined || clientId === undefined) return null;
  const isSafe = issuer.startsWith('https://') || /^http:\/\/127\.0\.0\.1[:/]/.test(issuer);
  return isSafe && URL.canParse(issuer) ? { name, issuer, clientId } : null;
}

/** Tokens are put behind it. What is no address at all is said before. */
function isBase(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { search, hash, username, password } = new URL(url);
  return [search, hash, username, password].every((part) => part === '');
}

function isHost(host: string): boolean {
  return /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(host);
}

function readRate(rule: string): [provider: string, rate: number] {
  const [name = '', rate = ''] = rule.split('=');
  return [name, Number(rate)];
}

function isRate(rule: string): boolean {
  const [, rate] = readRate(rule);
  return /^[a-z][a-z0-9-]*=\d+(\.\d+)?$/.test(rule) && rate > 0 && rate <= RATE_MAX;
}

function isInsecurity(word: string): boolean {
  return INSECURITIES.some((known) => word === known || word.startsWith(`${known}@`));
}

/** An environment Kairos does not start with. Who starts it needs the sentences and no stack. */
function refusal(lines: readonly string[]): Error {
  const list = lines.map((line) => `  ${line}`).join('\n');
  const error = new Error(`Kairos cannot start with this environment:\n${list}`);
  error.stack = error.message;
  return error;
}

/**
 * Parses the environment, and in production refuses one that is insecure. The error names each
 * variable and what is wrong with it, all at once, and never its value.
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const parsed = Config.safeParse(env);
  if (!parsed.success) {
    throw refusal(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  }
  const faults = productionFaults(parsed.data, env);
  if (faults.length > 0) throw refusal(faults);
  return parsed.data;
}
