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

/**
 * Writes `<date>-<time>-<commit>.json` and answers its path; before the ending stand `-dirty` where
 * files were changed, the size unless full, and the rows unless they are all. Never over another.
 */
export async function writeResult(
  result: Result,
  { isWhole, folder = RESULTS }: { isWhole: boolean; folder?: string },
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const { at, commit, size, rows } = result;
  const name = [
    at.slice(0, 10),
    at.slice(11, 19).replaceAll(':', ''),
    commit.id,
    ...(commit.isDirty ? ['dirty'] : []),
    ...(size === 'full' ? [] : [size]),
    ...(isWhole ? [] : [rows.map((row) => row.name).join('+')]),
  ].join('-');
  const file = path.join(folder, `${name}.json`);
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`, { flag: 'wx' });
  return file;
}
