import { z } from 'zod';
import { SandboxAccounts } from '#sandbox/accounts.ts';

/** The environment of the sandbox process, which its starter sets. */
const Environment = z.object({
  SANDBOX_PORT: z.coerce.number().int().min(0).max(65_535),
  SANDBOX_DIR: z.string().min(1),
  SANDBOX_ACCOUNTS: z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(SandboxAccounts),
  KAIROS_PUBLIC_URL: z.url().transform((url) => url.replace(/\/+$/, '')),
  KAIROS_WRITE_KEY: z.string().min(1),
});

export interface SandboxSettings {
  port: number;
  dir: string;
  accounts: SandboxAccounts;
  publicUrl: string;
  writeKey: string;
}

/** Throws with the names of the variables that are missing or wrong, never with their values. */
export function sandboxSettings(
  env: Readonly<Record<string, string | undefined>>,
): SandboxSettings {
  const read = Environment.safeParse(env);
  if (!read.success) {
    const names = read.error.issues.map(({ path }) => String(path[0]));
    throw new Error(`the sandbox needs these variables set rightly: ${names.join(', ')}`);
  }
  const { data } = read;
  return {
    port: data.SANDBOX_PORT,
    dir: data.SANDBOX_DIR,
    accounts: data.SANDBOX_ACCOUNTS,
    publicUrl: data.KAIROS_PUBLIC_URL,
    writeKey: data.KAIROS_WRITE_KEY,
  };
}
