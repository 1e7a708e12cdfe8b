import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';

/** Workflow code as the workers run it: journeys apart from Kairos' own, so that no name collides. */
export interface Bundles {
  journeys: WorkflowBundle;
  system: WorkflowBundle;
}

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/**
 * A bundle takes seconds to make and is kept for the next start, by the hash of all it was made of;
 * `npm ci` empties the folder. As trusted as the packages that lie beside it.
 */
const KEPT = path.join(ROOT, 'node_modules', '.cache', 'kairos-workflows');

/** All that workflow code may import (.dependency-cruiser.cjs), and how it is made. */
const SOURCES = ['workflows', 'domain'];
const SETTINGS = ['package.json', 'node_modules/.package-lock.json', 'worker/bundles.ts'];

/** Makes the bundles, or finds those that an earlier start made of the very same code. */
export async function bundleWorkflows(): Promise<Bundles> {
  const [journeys, system] = await Promise.all([bundleJourneys(), kept('system.ts')]);
  return { journeys, system };
}

/** The journeys' half alone: all that a replay of runs needs. */
export function bundleJourneys(): Promise<WorkflowBundle> {
  return kept('journeys.cjs');
}

async function kept(entry: string): Promise<WorkflowBundle> {
  const file = await placeOf(entry);
  const known = file === null ? null : await readFile(file, 'utf8').catch(() => null);
  if (known !== null) return { code: known };
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(ROOT, 'workflows', entry),
    // The SDK's default logs each bundle's size.
    logger: { log: noLog, trace: noLog, debug: noLog, info: noLog, warn: noLog, error: noLog },
  });
  // Where nothing can be written, as in most containers, the next start makes its own.
  if (file !== null) await keep(file, code).catch(() => undefined);
  return { code };
}

/** Where the bundle of the present code is kept; null where it cannot be told what that is. */
async function placeOf(entry: string): Promise<string | null> {
  try {
    const folders = await Promise.all(
      SOURCES.map(async (folder) =>
        (await readdir(path.join(ROOT, folder), { recursive: true }))
          .filter((name) => /\.(ts|cjs)$/.test(name) && !name.endsWith('.test.ts'))
          .map((name) => path.join(folder, name)),
      ),
    );
    const names = [...folders.flat(), ...SETTINGS].sort();
    const texts = await Promise.all(names.map((name) => readFile(path.join(ROOT, name), 'utf8')));
    const hash = createHash('sha256')
      .update(JSON.stringify([names, texts]))
      .digest('hex');
    return path.join(KEPT, `${path.parse(entry).name}-${hash}.js`);
  } catch {
    return null;
  }
}

/** Whole or not at all, whatever becomes of this process or another that writes the same. */
async function keep(file: string, code: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  const handle = await open(draft, 'wx');
  try {
    await handle.writeFile(code);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}

function noLog(): void {
  // Says nothing: a bundle that fails throws.
}
