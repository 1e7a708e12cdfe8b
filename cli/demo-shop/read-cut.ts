import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { z } from 'zod';
import {
  Campaign,
  CUT_FILES,
  CUT_FOLDER,
  Household,
  Manifest,
  MANIFEST_FILE,
  Product,
} from './cut.ts';

const unpack = promisify(gunzip);

/** The demo shop's data, as it lies in the repository. */
export interface Cut {
  households: Household[];
  products: Product[];
  campaigns: Map<number, Campaign>;
  manifest: Manifest;
  /** When the last basket was paid, epoch seconds of the source's time. */
  lastAt: number;
}

/** Reads and checks the whole cut, about 10 MB unpacked. Throws when a file is damaged. */
export async function readCut(): Promise<Cut> {
  const households = await linesIn(CUT_FILES.households, Household);
  const products = await linesIn(CUT_FILES.products, Product);
  const campaigns = await linesIn(CUT_FILES.campaigns, Campaign);
  const manifest = Manifest.parse(JSON.parse(await readFile(at(MANIFEST_FILE), 'utf8')));
  return {
    households,
    products,
    campaigns: new Map(campaigns.map((campaign) => [campaign.id, campaign])),
    manifest,
    lastAt: households.reduce((last, { baskets }) => Math.max(last, baskets.at(-1)?.[1] ?? 0), 0),
  };
}

function at(file: string): URL {
  return new URL(file, CUT_FOLDER);
}

async function linesIn<T>(file: string, line: z.ZodType<T>): Promise<T[]> {
  const text = (await unpack(await readFile(at(file)))).toString('utf8');
  return text
    .split('\n')
    .filter((one) => one !== '')
    .map((one) => line.parse(JSON.parse(one)));
}
