import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const Address = z.object({ url: z.url() });

/** Beside the ports of the embedded servers: where the API of this data folder was started last. */
function fileIn(runFolder: string): string {
  return path.join(runFolder, 'address.json');
}

/** Notes where the API listens, so that a command needs to be told only the data folder. */
export async function writeAddress(runFolder: string, url: string): Promise<void> {
  await writeFile(fileIn(runFolder), JSON.stringify({ url }));
}

/** Undefined where nothing was started yet; whether it still runs is for the caller to find out. */
export async function readAddress(runFolder: string): Promise<string | undefined> {
  try {
    return Address.parse(JSON.parse(await readFile(fileIn(runFolder), 'utf8'))).url;
  } catch {
    return undefined;
  }
}
