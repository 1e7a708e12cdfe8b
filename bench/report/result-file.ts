import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Size } from '../ground.ts';
import type { RowResult } from '../run-row.ts';
import type { Commit, Machine, Versions } from './machine.ts';

/** Everything one run of the bench found; what is written is this as JSON, NaN as null. */
export interface Result {
  /** ISO 8601, UTC. */
  at: string;
  size: Size;
  rounds: number;
  commit: Commit;
  machine: Machine;
  versions: Versions;
  rows: RowResult[];
}

const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));

/** Writes `<date>-<commit>.json`, `<date>-<commit>-dirty.json` where files were changed; answers its path. */
export async function writeResult(result: Result, folder = RESULTS): Promise<string> {
  await mkdir(folder, { recursive: true });
  const { at, commit, size } = result;
  const name = [
    at.slice(0, 10),
    commit.id,
    ...(commit.isDirty ? ['dirty'] : []),
    ...(size === 'full' ? [] : [size]),
  ].join('-');
  const file = path.join(folder, `${name}.json`);
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  return file;
}
