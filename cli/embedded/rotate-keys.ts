import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { makeSandboxAccounts } from '#sandbox/accounts.ts';
import { LaunchError } from '../launch-error.ts';
import {
  accountsIn,
  addPrevious,
  KEY_KINDS,
  type KeyKind,
  newKey,
  previous,
  readKeys,
  writeKeys,
} from './keys.ts';

/** Keys of one kind, told by what does not give them away. */
export interface ListedKeys {
  kind: KeyKind;
  /** First 8 hexadecimal digits of the SHA-256 of the key in force; null where there is none. */
  current: string | null;
  /** The same of those that still count beside it, the latest first. */
  previous: string[];
}

/**
 * Gives a data folder a new key of a kind; the old one goes on counting until it is withdrawn.
 * Holds from the next start on. A kind that has no key yet (browser) gets its first.
 * @returns the file in which the new key stands
 * @throws LaunchError in a sentence when the folder has no keys, or too many old ones
 */
export async function rotateKey(dataDir: string, kind: KeyKind): Promise<string> {
  const { variable } = KEY_KINDS[kind];
  return changeKeys(dataDir, (variables) => {
    const before = variables[variable] ?? variables[fallback(kind)];
    if (before !== undefined) addPrevious(variables, kind, before);
    variables[variable] = newKey(kind);
  });
}

/**
 * Ends the old keys of a kind, from the next start on. Those of links are never ended: mails that
 * were sent long ago must still be left with one click.
 * @returns the file that was changed
 * @throws LaunchError in a sentence
 */
export async function withdrawKeys(
  dataDir: string,
  kind: Exclude<KeyKind, 'link'>,
): Promise<string> {
  return changeKeys(dataDir, (variables) => {
    if (listOf(variables, kind).length === 0) {
      throw new LaunchError(`There is no old ${kind} key to withdraw.`);
    }
    // Links of the time before they had a secret of their own were signed with the admin key.
    if (kind === 'admin' && variables.KAIROS_LINK_SECRET === undefined) {
      for (const key of listOf(variables, kind)) addPrevious(variables, 'link', key);
    }
    variables[previous(KEY_KINDS[kind].variable)] = '';
  });
}

/** The keys of a data folder, without showing any. @throws LaunchError when there are none */
export async function listKeys(dataDir: string): Promise<ListedKeys[]> {
  const variables = await readKeys(keysFile(dataDir));
  return (Object.keys(KEY_KINDS) as KeyKind[]).map((kind) => {
    const current = variables[KEY_KINDS[kind].variable];
    return {
      kind,
      current: current === undefined ? null : fingerprint(current),
      previous: listOf(variables, kind).map(fingerprint),
    };
  });
}

/** Before links had a secret of their own, the admin key signed them. */
function fallback(kind: KeyKind): string {
  return KEY_KINDS[kind === 'link' ? 'admin' : kind].variable;
}

function listOf(variables: Readonly<Record<string, string | undefined>>, kind: KeyKind): string[] {
  const text = variables[previous(KEY_KINDS[kind].variable)] ?? '';
  return text.split(',').filter((one) => one !== '');
}

function fingerprint(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}

function keysFile(dataDir: string): string {
  const file = path.join(path.resolve(dataDir), 'keys');
  if (existsSync(file)) return file;
  throw new LaunchError(
    `There is no Kairos in ${path.resolve(dataDir)}. Name its folder with --data-dir.`,
  );
}

async function changeKeys(
  dataDir: string,
  change: (variables: Record<string, string>) => void,
): Promise<string> {
  const file = keysFile(dataDir);
  const { SANDBOX_ACCOUNTS: accounts, ...kept } = await readKeys(file);
  const variables = Object.fromEntries(
    Object.entries(kept).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  change(variables);
  await writeKeys(file, variables, accountsIn(accounts, file) ?? makeSandboxAccounts());
  return file;
}
