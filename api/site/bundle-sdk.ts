import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';

const SDK = fileURLToPath(new URL('../../sdk/', import.meta.url));

/** What pages fetch, and how each is run there. */
const SCRIPTS = {
  'kairos.js': { entry: 'kairos.ts', format: 'iife' },
  // Loaded by the first where there is one to show.
  'widgets.js': { entry: 'widgets.ts', format: 'esm' },
  'worker.js': { entry: 'worker.ts', format: 'iife' },
} as const;

type Script = keyof typeof SCRIPTS;
/** The scripts, and the types of `window.kairos` for pages that are written in TypeScript. */
export type SdkFile = Script | 'kairos.d.ts';
export const SDK_SCRIPTS = Object.keys(SCRIPTS) as Script[];

export interface SdkBundle {
  text: string;
  /** Of its content, quoted as HTTP wants it. */
  etag: string;
}

let making: Promise<ReadonlyMap<SdkFile, SdkBundle>> | undefined;

/** A file for browsers, made of sdk/ when the first is asked for: there is no build (adr/006). */
export async function bundleSdk(file: SdkFile): Promise<SdkBundle> {
  making ??= makeAll();
  // What failed is made again by the next who asks.
  making.catch(() => {
    making = undefined;
  });
  const found = (await making).get(file);
  if (found === undefined) throw new Error('a file of the SDK was not made');
  return found;
}

async function makeAll(): Promise<ReadonlyMap<SdkFile, SdkBundle>> {
  try {
    const made = await Promise.all([
      ...SDK_SCRIPTS.map(async (name) => [name, await makeScript(name)] as const),
      readFile(path.join(SDK, 'types.ts'), 'utf8').then((text) => ['kairos.d.ts', text] as const),
    ]);
    return new Map(made.map(([name, text]) => [name, { text, etag: etagOf(text) }]));
  } finally {
    // Its process would stay beside ours for as long as we live.
    await stop();
  }
}

async function makeScript(name: Script): Promise<string> {
  const { entry, format } = SCRIPTS[name];
  const { outputFiles } = await build({
    entryPoints: [path.join(SDK, entry)],
    bundle: true,
    minify: true,
    write: false,
    format,
    // Browsers of the last years; older ones run nothing of it.
    target: ['es2022'],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

function etagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}
