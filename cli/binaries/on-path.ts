import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { type BinaryName, binaryProblem, type WayResult } from './binary.ts';

/** The second way: a program that is installed on this machine already. */
export async function onPath(name: BinaryName, env: NodeJS.ProcessEnv): Promise<WayResult> {
  const folders = (env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const file = folders.map((folder) => path.join(folder, name)).find(isExecutable);
  if (file === undefined) return { why: `no ${name} on the PATH` };
  const problem = await binaryProblem(name, file, env);
  return problem === undefined ? { path: file } : { why: `${file}: ${problem}` };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
