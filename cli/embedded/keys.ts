import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { makeSandboxAccounts, SandboxAccounts } from '#sandbox/accounts.ts';
import { PREVIOUS_KEYS_MAX, PREVIOUS_LINK_SECRETS_MAX } from '#platform/config.ts';
import { LaunchError } from '../launch-error.ts';
import type { DataFolder } from './data-folder.ts';

/** What of keys our own programs are told, by the names of platform/config.ts. */
export type KeyVariables = Readonly<
  Record<
    'KAIROS_WRITE_KEY' | 'KAIROS_ADMIN_KEY' | 'KAIROS_LINK_SECRET' | 'KAIROS_BROWSER_KEY',
    string
  > &
    Record<string, string>
>;

export interface Keys {
  readonly writeKey: string;
  readonly adminKey: string;
  /** All of them, those that are being changed over from and the browser's included. */
  readonly variables: KeyVariables;
  readonly accounts: SandboxAccounts;
  /** True when this start made the file. */
  readonly isNew: boolean;
}

/** Kinds of keys that can be changed for new ones, with the variable and the mark of each. */
export const KEY_KINDS = {
  write: { variable: 'KAIROS_WRITE_KEY', prefix: 'kw' },
  admin: { variable: 'KAIROS_ADMIN_KEY', prefix: 'ka' },
  browser: { variable: 'KAIROS_BROWSER_KEY', prefix: 'kb' },
  link: { variable: 'KAIROS_LINK_SECRET', prefix: 'kl' },
} as const;
export type KeyKind = keyof typeof KEY_KINDS;

const KINDS = Object.values(KEY_KINDS);

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
  const merged = mergeKeys(kept, env);
  const accounts = accountsIn(kept.SANDBOX_ACCOUNTS, folder.keysFile) ?? makeSandboxAccounts();
  const isKept =
    // Not so in a folder of an earlier version, whose accounts were completed just now.
    kept.SANDBOX_ACCOUNTS === textOf(accounts) &&
    variablesOf(kept).length === variablesOf(merged).length &&
    variablesOf(merged).every(([name, value]) => kept[name] === value);
  if (!isKept) await writeKeys(folder.keysFile, merged, accounts);
  return {
    writeKey: merged.KAIROS_WRITE_KEY,
    adminKey: merged.KAIROS_ADMIN_KEY,
    variables: merged,
    accounts,
    isNew,
  };
}

function mergeKeys(kept: Environment, env: Environment): KeyVariables {
  const key = (kind: KeyKind): string => {
    const name = KEY_KINDS[kind].variable;
    return checked(name, env[name] || kept[name] || newKey(kind));
  };
  const optional = KINDS.map(({ variable }) => previous(variable));
  const others = optional.flatMap((name): [string, string][] => {
    const value = env[name] || kept[name];
    return value ? [[name, value]] : [];
  });
  const merged: Record<string, string> = Object.fromEntries(others);
  const secret = key('link');
  const before = linkSecretBefore(kept);
  if (before !== undefined && before !== secret) addPrevious(merged, 'link', before);
  return {
    ...merged,
    KAIROS_WRITE_KEY: key('write'),
    KAIROS_ADMIN_KEY: key('admin'),
    KAIROS_LINK_SECRET: secret,
    KAIROS_BROWSER_KEY: key('browser'),
  };
}

/** What links in mails already sent were signed with: the admin key, before they had their own. */
function linkSecretBefore(kept: Environment): string | undefined {
  return kept.KAIROS_LINK_SECRET ?? kept.KAIROS_ADMIN_KEY;
}

/** A new key of a kind; its mark tells people which it is. */
export function newKey(kind: KeyKind): string {
  return `${KEY_KINDS[kind].prefix}_${randomBytes(KEY_BYTES).toString('base64url')}`;
}

/** The variable of the keys of a kind that still count beside the one in force. */
export function previous(variable: string): string {
  return `${variable}_PREVIOUS`;
}

/** How many old keys of a kind may count: with more no program would start. */
function previousMax(kind: KeyKind): number {
  return kind === 'link' ? PREVIOUS_LINK_SECRETS_MAX : PREVIOUS_KEYS_MAX;
}

/**
 * Puts a key first among those of its kind that still count.
 * @throws LaunchError with the way out when there are too many of them
 */
export function addPrevious(
  variables: Record<string, string>,
  kind: KeyKind,
  before: string,
): void {
  const name = previous(KEY_KINDS[kind].variable);
  const others = (variables[name] ?? '').split(',').filter((one) => one !== '' && one !== before);
  const all = [before, ...others];
  const most = previousMax(kind);
  if (all.length > most) {
    throw new LaunchError(
      kind === 'link'
        ? `${String(most)} old secrets of links are kept, and no more can be. The latest stand first in ${name} of the keys file: strike the last ones there, whose mails are the oldest. Their unsubscribe links end with them.`
        : `${String(most)} old ${kind} keys count still. Withdraw them first: npx kairos keys withdraw --kind ${kind}`,
    );
  }
  variables[name] = all.join(',');
}

function checked(name: string, value: string): string {
  if (KEY.test(value)) return value;
  throw new LaunchError(
    `${name} must be 20 or more characters of A-Z, a-z, 0-9, _ and -. ` +
      'Leave it out, and Kairos makes a good one and keeps it.',
  );
}

/** What a keys file says, by name. */
export async function readKeys(file: string): Promise<Environment> {
  return parseEnv(await readFile(file, 'utf8'));
}

/** What of it are keys, in the order in which they are written. */
function variablesOf(kept: Environment): [name: string, value: string][] {
  return KINDS.flatMap(({ variable }) => [variable, previous(variable)]).flatMap(
    (name): [string, string][] => {
      const value = kept[name];
      return value ? [[name, value]] : [];
    },
  );
}

/**
 * The accounts a keys file holds, by which the sandbox plays its providers; undefined without any.
 * @throws LaunchError when that line is damaged
 */
export function accountsIn(text: string | undefined, file: string): SandboxAccounts | undefined {
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

function textOf(accounts: SandboxAccounts): string {
  return Buffer.from(JSON.stringify(accounts)).toString('base64');
}

/** Written beside and renamed, so that a crash can't leave half of it. */
export async function writeKeys(
  file: string,
  variables: Environment,
  accounts: SandboxAccounts,
): Promise<void> {
  const lines = [
    '# The keys of this Kairos. Who can read this file can do everything.',
    ...variablesOf(variables).map(([name, value]) => `${name}=${value}`),
    `SANDBOX_ACCOUNTS=${textOf(accounts)}`,
    '',
  ];
  const beside = `${file}.new`;
  await writeFile(beside, lines.join('\n'), { mode: 0o600 });
  await rename(beside, file);
}
