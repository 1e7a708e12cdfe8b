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
});
export type Ports = z.infer<typeof Ports>;

/** The ports of the last start where they are still free, so that bookmarks of Temporal's UI keep working; else new ones. */
export async function choosePorts(folder: DataFolder): Promise<Ports> {
  const file = path.join(folder.run, 'ports.json');
  const kept = await readPorts(file);
  const fresh = await freePorts(6);
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
  };
  await writeFile(file, JSON.stringify(ports));
  return ports;
}

async function readPorts(file: string): Promise<Ports | undefined> {
  try {
    return Ports.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Not there yet, or half written by a killed start: ports are chosen anew.
    return undefined;
  }
}
