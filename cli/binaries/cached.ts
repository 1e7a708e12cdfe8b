import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Say } from '../progress.ts';
import { type BinaryName, binaryProblem, type WayResult } from './binary.ts';

/** The cache lies outside the clone, so that a new clone starts at once. */
export function cacheDir(env: NodeJS.ProcessEnv): string {
  if (env.KAIROS_CACHE_DIR) return path.resolve(env.KAIROS_CACHE_DIR);
  return path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'kairos');
}

function cachedFile(name: BinaryName, env: NodeJS.ProcessEnv): string {
  return path.join(cacheDir(env), 'bin', name);
}

/** The third way: what an earlier start has got. A broken file is noticed, said and removed. */
export async function fromCache(
  name: BinaryName,
  env: NodeJS.ProcessEnv,
  say: Say,
): Promise<WayResult> {
  const file = cachedFile(name, env);
  if (!existsSync(file)) return { why: `nothing kept in ${path.dirname(file)} yet` };
  const problem = await binaryProblem(name, file, env);
  if (problem === undefined) return { path: file };
  say(`The kept ${name} is broken (${problem}); getting a new one.`);
  await rm(file, { force: true });
  return { why: `the kept file was broken (${problem})` };
}

/** A new folder on the cache's own disk, so that what is made in it can be renamed into place. */
export async function makeWorkDir(env: NodeJS.ProcessEnv): Promise<string> {
  const folder = cacheDir(env);
  await mkdir(path.join(folder, 'bin'), { recursive: true });
  return mkdtemp(path.join(folder, 'work-'));
}

/** Puts a checked file into the cache in one step: two starts at once can't leave half a file. */
export async function keep(
  name: BinaryName,
  file: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const kept = cachedFile(name, env);
  await chmod(file, 0o755);
  await rename(file, kept);
  return kept;
}
