import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromCache, keep, makeWorkDir } from './cached.ts';

describe('the cache of programs', () => {
  let dir: string;
  const said: string[] = [];
  const env = (): NodeJS.ProcessEnv => ({ ...process.env, KAIROS_CACHE_DIR: dir });
  const look = () =>
    fromCache('mongod', env(), (line) => {
      said.push(line);
    });

  beforeEach(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'kairos-cache-'));
    said.length = 0;
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  async function cacheScript(text: string): Promise<string> {
    const file = path.join(dir, 'bin', 'mongod');
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
    await chmod(file, 0o755);
    return file;
  }

  it('gives what runs and is new enough', async () => {
    const file = await cacheScript('#!/bin/sh\necho "db version v6.0.5"\n');
    expect(await look()).toEqual({ path: file });
    expect(said).toEqual([]);
  });

  it('notices a broken file, says so and removes it', async () => {
    const file = await cacheScript('half a download');
    expect(await look()).toHaveProperty('why');
    expect(existsSync(file)).toBe(false);
    expect(said.join()).toContain('The kept mongod is broken');
  });

  it('does not give a version that is too old', async () => {
    await cacheScript('#!/bin/sh\necho "db version v4.4.29"\n');
    expect(await look()).toHaveProperty('why');
    expect(said.join()).toContain('older than 6.0');
  });

  it('takes a new file whole or not at all', async () => {
    const work = await makeWorkDir(env());
    const made = path.join(work, 'mongod');
    await writeFile(made, '#!/bin/sh\necho "db version v6.0.5"\n');
    const kept = await keep('mongod', made, env());
    expect(existsSync(made)).toBe(false);
    expect(await readFile(kept, 'utf8')).toContain('v6.0.5');
  });
});
