import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { DataFolder } from './data-folder.ts';
import { freePorts, portProblem } from './ports.ts';

const PORT = z.number().int().min(1).max(65_535);

const Ports = z.object({
  mongo: PORT,
  temporal: PORT,
  temporalUi: PORT,
  temporalHttp: PORT,
  temporalMetrics: PORT,
  sandbox: PORT,
  workerMetrics: PORT,
});
export type Ports = z.infer<typeof Ports>;

/** The ports of the last start where they are still free, so that bookmarks of Temporal's UI keep working; else new ones. */
export async function choosePorts(folder: DataFolder): Promise<Ports> {
  const kept = await readPorts(folder.run);
  const fresh = await freePorts(7);
  const choose = async (name: keyof Ports, place: number): Promise<number> => {
    const port = kept?.[name];
    if (port !== undefined && (await portProblem(port)) === undefined) return port;
    return fresh[place] ?? 0;
  };
  const ports: Ports = {
    mongo: await choose('mongo', 0),
    temporal: await choose('temporal', 1),
    temporalUi: await choose('temporalUi', 2),
    temporalHttp: await choose('temporalHttp', 3),
    temporalMetrics: await choose('temporalMetrics', 4),
    sandbox: await choose('sandbox', 5),
    workerMetrics: await choose('workerMetrics', 6),
  };
  await writeFile(fileIn(folder.run), JSON.stringify(ports));
  return ports;
}

/** What a start of another version left may name fewer. */
const Kept = Ports.partial();

/** The ports of the last start; undefined where there was none, or one that was killed on it. */
export async function readPorts(runFolder: string): Promise<z.infer<typeof Kept> | undefined> {
  try {
    return Kept.parse(JSON.parse(await readFile(fileIn(runFolder), 'utf8')));
  } catch {
    // Not there yet, or half written by a killed start: ports are chosen anew.
    return undefined;
  }
}

function fileIn(runFolder: string): string {
  return path.join(runFolder, 'ports.json');
}
