import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { readAddress } from '../embedded/address.ts';
import { readKeys } from '../embedded/keys.ts';
import { readPorts } from '../embedded/kept-ports.ts';
import { LOOPBACK } from '../embedded/ports.ts';
import { CommandError, EXIT } from './command-error.ts';

/** Where things come from that are not on the command line. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder the person is in: what they type is relative to it. */
  readonly cwd: string;
  /** The package's own folder: where `.data` lies unless another is named. */
  readonly root: string;
}

/** Options of every command that asks a running Kairos. */
export interface InstallationOptions {
  url?: string;
  key?: string;
  dataDir?: string;
}

export interface Place {
  readonly url: string;
  /** Admin keys to try, the likeliest first: a rotated one holds only from the next start on. */
  readonly keys: readonly string[];
  readonly dataDir: string;
}

/** Adds the options that say which Kairos is asked. */
export function addInstallationOptions(command: Command): Command {
  return command
    .option('--url <URL>', 'address of the API (KAIROS_URL; default: that of the data folder)')
    .option('--key <KEY>', 'admin key (KAIROS_ADMIN_KEY; default: that of the data folder)')
    .option(
      '--data-dir <DIR>',
      'data folder of an installation here (KAIROS_DATA_DIR; default .data)',
    );
}

/** The data folder: as it was typed, of the environment, or `.data` beside the package. */
export function dataDirOf(typed: string | undefined, { env, cwd, root }: Surroundings): string {
  return typed === undefined
    ? path.resolve(root, env.KAIROS_DATA_DIR || '.data')
    : path.resolve(cwd, typed);
}

/**
 * Which Kairos is meant: by --url, by --data-dir, by KAIROS_URL, or the one started here. The data
 * folder's own key is only ever sent to this machine: another installation has another key.
 * @throws CommandError for an address that is none
 */
export async function findInstallation(
  options: InstallationOptions,
  around: Surroundings,
): Promise<Place> {
  const { env } = around;
  const dataDir = dataDirOf(options.dataDir, around);
  const written = await readAddress(path.join(dataDir, 'run'));
  const named = options.dataDir === undefined ? env.KAIROS_URL || undefined : undefined;
  const url = checkedUrl(
    options.url ?? named ?? written ?? `http://${LOOPBACK}:${env.KAIROS_PORT || '8080'}`,
  );
  const told = options.key ?? (env.KAIROS_ADMIN_KEY || undefined);
  if (told !== undefined) return { url, keys: [told], dataDir };
  return { url, keys: isHere(url) ? await keptKeys(dataDir) : [], dataDir };
}

function checkedUrl(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text.replace(/\/+$/, '');
  throw new CommandError(
    'The address must be a URL such as http://127.0.0.1:8080 (--url, KAIROS_URL).',
    EXIT.usage,
  );
}

function isHere(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}

async function keptKeys(dataDir: string): Promise<string[]> {
  const file = path.join(dataDir, 'keys');
  if (!existsSync(file)) return [];
  const kept = await readKeys(file).catch(() => undefined);
  const all = [kept?.KAIROS_ADMIN_KEY, ...(kept?.KAIROS_ADMIN_KEY_PREVIOUS ?? '').split(',')];
  return all.flatMap((key) => (key ? [key] : []));
}

/** Where Temporal answers: TEMPORAL_ADDRESS, else the embedded one of the data folder. */
export async function findTemporal(
  options: Pick<InstallationOptions, 'dataDir'>,
  around: Surroundings,
): Promise<{ address: string; namespace: string }> {
  const { env } = around;
  const namespace = env.TEMPORAL_NAMESPACE || 'default';
  const dataDir = dataDirOf(options.dataDir, around);
  const ports = await readPorts(path.join(dataDir, 'run'));
  const own = ports?.temporal === undefined ? undefined : `${LOOPBACK}:${String(ports.temporal)}`;
  const told = env.TEMPORAL_ADDRESS || undefined;
  const address = options.dataDir === undefined ? (told ?? own) : (own ?? told);
  if (address !== undefined) {
    return { address, namespace: address === own ? 'default' : namespace };
  }
  throw new CommandError(
    `No Temporal is known: ${dataDir} holds no installation. Name its folder (--data-dir), or set TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.`,
    EXIT.unreachable,
  );
}
