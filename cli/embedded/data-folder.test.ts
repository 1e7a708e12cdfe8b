import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDataFolder } from './data-folder.ts';

describe('the data folder', () => {
  let dir = '';
  beforeEach(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'kairos-data-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('is taken again after a first start that was refused, for instance for its port', async () => {
    await openDataFolder(dir);
    await expect(openDataFolder(dir)).resolves.toMatchObject({ dir });
    await expect(openDataFolder(dir, 'restore')).resolves.toMatchObject({ dir });
  });

  it("is left alone when it holds another program's files, also in a folder named like ours", async () => {
    await mkdir(path.join(dir, 'logs'));
    await writeFile(path.join(dir, 'logs', 'other.log'), 'x');
    await expect(openDataFolder(dir)).rejects.toThrow('files of another program');
    await expect(openDataFolder(dir, 'restore')).rejects.toThrow('is not empty');
  });
});
