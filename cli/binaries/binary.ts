import { runCommand } from '../run-command.ts';

export type BinaryName = 'temporal' | 'mongod';

/** What one way of getting a binary came to. */
export type WayResult = { readonly path: string } | { readonly why: string };

/** What a way may use while it looks. */
export interface WayContext {
  readonly env: NodeJS.ProcessEnv;
  /** A new folder in the cache, for files on their way; removed afterwards. */
  readonly workDir: string;
  readonly signal: AbortSignal;
}

/** The oldest versions that have what we use: mongod's one-node sets, the CLI's --sqlite-pragma and pinned UI. */
const OLDEST = { mongod: { major: 6, minor: 0 }, temporal: { major: 1, minor: 4 } } as const;

/** A cold start of a quarter of a gigabyte from a slow disk takes seconds. */
const VERSION_TIMEOUT_MS = 20_000;

/** `temporal` built by `go install` calls itself 0.0.0-DEV. */
const DEVELOPMENT_BUILD = /^temporal version 0\.0\.0-DEV\b/m;

const VERSION_LINE = {
  mongod: /^db version v(\d+)\.(\d+)/m,
  temporal: /^temporal version (\d+)\.(\d+)/m,
} as const;

/** Runs the file and says why it can't be used, or nothing when it can. */
export async function binaryProblem(
  name: BinaryName,
  file: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const { code, output } = await runCommand(file, ['--version'], {
    timeoutMs: VERSION_TIMEOUT_MS,
    env,
  });
  if (code !== 0) return `${file} does not run on this machine`;
  return versionProblem(name, output);
}

/** Judges what `--version` printed. */
export function versionProblem(name: BinaryName, output: string): string | undefined {
  if (name === 'temporal' && DEVELOPMENT_BUILD.test(output)) return undefined;
  const found = VERSION_LINE[name].exec(output);
  if (found === null) return `it does not say which version of ${name} it is`;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  const oldest = OLDEST[name];
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return undefined;
  return `version ${String(major)}.${String(minor)} is older than ${String(oldest.major)}.${String(oldest.minor)}`;
}
