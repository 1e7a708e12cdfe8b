import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The compiler and a run of jest, on two busy cores. */
const TEST_TIMEOUT_MS = 180_000;

const NEW_FILE = /<!-- new file: (\S+) -->\s+```ts\n([\s\S]*?)```/g;
const ADDITION = /<!-- add to (\S+) after: (.+?) -->\s+```ts\n([\s\S]*?)```/g;
const REPLACEMENT = /<!-- in (\S+) replace: (.+?) -->\s+```text\n([\s\S]*?)```/g;

/** The lines of a file with others put after the first that holds the anchor. */
function withAddition(text: string, anchor: string, added: string): string {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.includes(anchor));
  if (at === -1) throw new Error(`no line holds "${anchor}"`);
  return [...lines.slice(0, at + 1), added.trimEnd(), ...lines.slice(at + 1)].join('\n');
}

/** Writes the document's new files. */
async function addFiles(copy: string, document: string): Promise<void> {
  for (const [, name = '', code = ''] of document.matchAll(NEW_FILE)) {
    await writeFile(path.join(copy, name), code);
  }
}

/** Makes the document's changes of files that are there. */
async function changeFiles(copy: string, document: string): Promise<void> {
  for (const [, name = '', anchor = '', code = ''] of document.matchAll(ADDITION)) {
    const file = path.join(copy, name);
    await writeFile(file, withAddition(await readFile(file, 'utf8'), anchor, code));
  }
  for (const [, name = '', old = '', text = ''] of document.matchAll(REPLACEMENT)) {
    const file = path.join(copy, name);
    await writeFile(file, (await readFile(file, 'utf8')).replace(old, text.trimEnd()));
  }
}

describe('docs/first-change.md', () => {
  let copy: string;
  let document: string;

  beforeAll(async () => {
    copy = await mkdtemp(path.join(os.tmpdir(), 'kairos-first-change-'));
    const support = ['global-setup.mjs', 'global-teardown.mjs', 'longest-first.mjs'];
    const setup = support.map((name) => `test/support/${name}`);
    for (const name of ['domain', 'package.json', 'tsconfig.json', 'jest.config.mjs', ...setup]) {
      await cp(path.join(ROOT, name), path.join(copy, name), { recursive: true });
    }
    await symlink(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
    document = await readFile(path.join(ROOT, 'docs/first-change.md'), 'utf8');
    await addFiles(copy, document);
    await changeFiles(copy, document);
  }, TEST_TIMEOUT_MS);
  afterAll(() => rm(copy, { recursive: true, force: true }));

  it('shows two files, three additions and a replacement', () => {
    expect([...document.matchAll(NEW_FILE)]).toHaveLength(2);
    expect([...document.matchAll(ADDITION)]).toHaveLength(3);
    expect([...document.matchAll(REPLACEMENT)]).toHaveLength(1);
  });

  it(
    'shows code that compiles',
    async () => {
      const bin = path.join(ROOT, 'node_modules/typescript/bin/tsc');
      const compiled = await run(process.execPath, [bin, '--noEmit', '-p', copy]).catch(
        (error: unknown) => error,
      );
      expect(compiled).toMatchObject({ stdout: '' });
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'shows tests that pass, and breaks no other of the engine',
    async () => {
      const jest = path.join(ROOT, 'node_modules/jest/bin/jest.js');
      const args = [jest, 'domain/journey', '--selectProjects', 'fast'];
      const tested = await run(process.execPath, args, {
        cwd: copy,
        env: { PATH: process.env.PATH ?? '', NODE_OPTIONS: '--experimental-vm-modules' },
      }).catch((error: unknown) => error);
      expect(tested).toMatchObject({
        stderr: expect.stringMatching(/wait-until-day\.test\.ts[\s\S]*Tests: +\d+ passed/),
      });
    },
    TEST_TIMEOUT_MS,
  );

  it('names only files that exist', () => {
    const named = [...document.matchAll(/`((?:domain|test|workflows|activities)\/[\w./-]*)`/g)];
    const missing = named.filter(([, name = '']) => !existsSync(path.join(ROOT, name)));
    expect(named.length).toBeGreaterThan(3);
    expect(missing.map(([, name]) => name)).toEqual([]);
  });
});
