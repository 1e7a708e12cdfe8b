import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { makeSandboxAccounts, SandboxAccounts } from '#sandbox/accounts.ts';
import { LaunchError } from '../launch-error.ts';
import type { DataFolder } from './data-folder.ts';

export interface Keys {
  readonly writeKey: string;
  readonly adminKey: string;
  readonly accounts: SandboxAccounts;
  /** True when this start made the file. */
  readonly isNew: boolean;
}

const KEY = /^[A-Za-z0-9_-]{20,}$/;

/** 24 bytes, 32 characters: not to be guessed, still fit to be copied. */
const KEY_BYTES = 24;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The keys of this data folder: those of the environment, else those kept, else new ones. What is
 * in force is kept in a file that only its owner can read.
 * @throws LaunchError for a key that is no key, or a file that is not whole
 */
export async function openKeys(folder: DataFolder, env: Environment): Promise<Keys> {
  const isNew = !existsSync(folder.keysFile);
  const kept = isNew ? {} : await readKeys(folder.keysFile);
  const key = (name: string, prefix: string): string =>
    checked(
      name,
      env[name] || kept[name] || `${prefix}_${randomBytes(KEY_BYTES).toString('base64url')}`,
    );
  const keys = {
    writeKey: key('KAIROS_WRITE_KEY', 'kw'),
    adminKey: key('KAIROS_ADMIN_KEY', 'ka'),
    accounts: accountsIn(kept.SANDBOX_ACCOUNTS, folder.keysFile) ?? makeSandboxAccounts(),
  };
  const isKept =
    keys.writeKey === kept.KAIROS_WRITE_KEY &&
    keys.adminKey === kept.KAIROS_ADMIN_KEY &&
    kept.SANDBOX_ACCOUNTS !== undefined;
  if (!isKept) await writeKeys(folder.keysFile, keys);
  return { ...keys, isNew };
}

function checked(name: string, value: string): string {
  if (KEY.test(value)) return value;
  throw new LaunchError(
    `${name} must be 20 or more characters of A-Z, a-z, 0-9, _ and -. ` +
      'Leave it out, and Kairos makes a good one and keeps it.',
  );
}

async function readKeys(file: string): Promise<Environment> {
  return parseEnv(await readFile(file, 'utf8'));
}

function accountsIn(text: string | undefined, file: string): SandboxAccounts | undefined {
  if (text === undefined) return undefined;
  try {
    return SandboxAccounts.parse(JSON.parse(Buffer.from(text, 'base64').toString('utf8')));
  } catch {
    throw new LaunchError(
      `The file ${file} is damaged. Restore it, or delete its line SANDBOX_ACCOUNTS: ` +
        'the sandbox then gets new accounts.',
    );
  }
}

/** Written beside and renamed, so that a crash can't leave half of it. */
async function writeKeys(file: string, keys: Omit<Keys, 'isNew'>): Promise<void> {
  const accounts = Buffer.from(JSON.stringify(keys.accounts)).toString('base64');
  const lines = [
    '# The keys of this Kairos. Who can read this file can do everything.',
    `KAIROS_WRITE_KEY=${keys.writeKey}`,
    `KAIROS_ADMIN_KEY=${keys.adminKey}`,
    `SANDBOX_ACCOUNTS=${accounts}`,
    '',
  ];
  const beside = `${file}.new`;
  await writeFile(beside, lines.join('\n'), { mode: 0o600 });
  await rename(beside, file);
}
