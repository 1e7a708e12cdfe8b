import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse as parseYaml } from 'yaml';
import type { ImportKind } from '#domain/import/import-map.ts';
import { inLanes } from '../load.ts';
import { householdsIn, type Found, type Known } from './compare.ts';
import { FILES, type Truth } from './sum-up.ts';

/** A running Kairos, and a key that may import and read. */
export interface Target {
  url: string;
  key: string;
}

/** One import as it ended. */
export interface Ended {
  file: string;
  rows: number;
  accepted: number;
  rejected: number;
  skipped: number;
  seconds: number;
}

const LOOK_EVERY_MS = 500;
/** Reads of profiles at once. */
const LANES = 8;
/** Products of one page. */
const PAGE = 200;

const STEPS = [
  { part: 'households', as: 'profiles' },
  { part: 'products', as: 'products' },
  { part: 'orders', as: 'orders' },
] as const satisfies readonly { part: keyof typeof FILES; as: ImportKind }[];

/** Brings all files of the folder in by the library's maps. Throws where a row is not taken. */
export async function bringIn(
  target: Target,
  folder: string,
  say: (line: string) => void,
): Promise<Ended[]> {
  const ended: Ended[] = [];
  for (const { part, as } of STEPS) {
    const one = await bringOne(target, path.join(folder, FILES[part]), { part, as });
    const each = Math.round(one.rows / one.seconds);
    say(
      `  ${one.file}: ${String(one.rows)} rows in ${one.seconds.toFixed(0)} s, ${String(each)} a second`,
    );
    ended.push(one);
  }
  return ended;
}

async function bringOne(
  target: Target,
  file: string,
  { part, as }: { part: keyof typeof FILES; as: ImportKind },
): Promise<Ended> {
  const startedAt = performance.now();
  const map = new URL(`../../library/maps/complete-journey-${part}.yaml`, import.meta.url);
  const answer = await fetch(`${target.url}/v1/imports?as=${as}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${target.key}`,
      'content-type': 'application/vnd.apache.parquet',
      'x-kairos-map': encodeURIComponent(JSON.stringify(parseYaml(await readFile(map, 'utf8')))),
    },
    body: await readFile(file),
  });
  if (answer.status !== 202) throw new Error(`${path.basename(file)}: ${await answer.text()}`);
  const { id } = (await answer.json()) as { id: string };
  for (;;) {
    const report = await ask<{ status: string; failure: string | null } & Omit<Ended, 'seconds'>>(
      target,
      `/v1/imports/${id}`,
    );
    if (report?.status === 'completed') {
      const { rows, accepted, rejected, skipped } = report;
      if (accepted !== rows) throw new Error(`${path.basename(file)}: ${JSON.stringify(report)}`);
      const seconds = (performance.now() - startedAt) / 1_000;
      return { file: path.basename(file), rows, accepted, rejected, skipped, seconds };
    }
    if (report?.status === 'failed') throw new Error(report.failure ?? 'the import failed');
    await sleep(LOOK_EVERY_MS);
  }
}

/** Reads of Kairos, by its API alone, what the files are to be compared with. */
export async function readBack(target: Target, truth: Truth): Promise<Found> {
  const households = new Map<string, Known | null>();
  await inLanes(householdsIn(truth), LANES, async (id) => {
    households.set(id, await ask<Known>(target, `/v1/profiles/external:${id}`));
  });
  return {
    households,
    profiles: await countProfiles(target),
    products: await readProducts(target),
  };
}

/** By the export, which has a row for each. */
async function countProfiles(target: Target): Promise<number> {
  const headers = { authorization: `Bearer ${target.key}` };
  const answer = await fetch(`${target.url}/v1/exports/profiles?format=ndjson`, { headers });
  if (!answer.ok) throw new Error(`the export of profiles answered ${String(answer.status)}`);
  return (await answer.text()).split('\n').filter((line) => line !== '').length;
}

async function readProducts(target: Target): Promise<Set<string>> {
  const products = new Set<string>();
  for (let cursor: string | null = ''; cursor !== null;) {
    const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { data: { product_id: string }[]; next?: string | null } | null = await ask(
      target,
      `/v1/products?limit=${String(PAGE)}${after}`,
    );
    for (const { product_id: id } of page?.data ?? []) products.add(id);
    cursor = page?.next ?? null;
  }
  return products;
}

/** The answer of a read; null: there is no such thing. */
async function ask<T>({ url, key }: Target, route: string): Promise<T | null> {
  const answer = await fetch(`${url}${route}`, { headers: { authorization: `Bearer ${key}` } });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`${route}: ${String(answer.status)} ${await answer.text()}`);
  return (await answer.json()) as T;
}
