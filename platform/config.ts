import { z } from 'zod';

/**
 * Everything Kairos takes from its environment, read and checked once, at the start of a process.
 * The embedded launcher sets these for its children; in production the operator does.
 */
const key = z.string().regex(/^[A-Za-z0-9_-]{20,}$/, 'must be 20 or more of A-Za-z0-9_-');

export const Config = z.object({
  KAIROS_PORT: z.coerce.number().int().min(1).max(65_535).default(8080),
  /** Address the API listens on; containers set 0.0.0.0. */
  KAIROS_HOST: z.string().default('127.0.0.1'),
  /** Where the outside reaches this API: provider webhooks and links are built on it. */
  KAIROS_PUBLIC_URL: z.url().default('http://127.0.0.1:8080'),
  KAIROS_WRITE_KEY: key,
  KAIROS_ADMIN_KEY: key,
  /** A second tracking key, of kind `browser`: public, so it may do less. */
  KAIROS_BROWSER_KEY: key.optional(),
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
  /** Seconds a provider is given to tell of a message it may have taken before it is sent again. */
  KAIROS_RECEIPT_WAIT_S: z.coerce.number().int().min(5).max(86_400).default(60),
  KAIROS_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});
export type Config = z.infer<typeof Config>;

/** Parses the environment; the error names each variable and what is wrong with it, not its value. */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const parsed = Config.safeParse(env);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`Kairos cannot start with this environment:\n${lines.join('\n')}`);
}
