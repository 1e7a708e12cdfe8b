import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { authorize, createApiKeys } from '#api/auth.ts';
import { createKeyKind } from '#api/tracking/write-keys.ts';
import { type DataFolder, openDataFolder } from '#cli/embedded/data-folder.ts';
import { openKeys } from '#cli/embedded/keys.ts';
import { listKeys, rotateKey, withdrawKeys } from '#cli/embedded/rotate-keys.ts';
import { loadConfig, type Config } from '#platform/config.ts';
import { linkSecrets, readLink, signLink } from '#platform/signed-link.ts';

const SERVERS = { MONGODB_URI: 'mongodb://127.0.0.1/kairos', TEMPORAL_ADDRESS: '127.0.0.1:7233' };
const LINK = { profileId: 'p', channel: 'email', messageId: 'r/s/1/0' };
const key = (mark: string): string => mark.repeat(20);

let folder: DataFolder;
beforeEach(async () => {
  folder = await openDataFolder(await mkdtemp(path.join(os.tmpdir(), 'kairos-keys-')));
});
afterEach(() => rm(folder.dir, { recursive: true, force: true }));

/** What the programs of this data folder are told at their next start. */
async function nextStart(): Promise<Config> {
  const { variables } = await openKeys(folder, {});
  return loadConfig({ ...SERVERS, ...variables });
}

const kept = async (): Promise<NodeJS.Dict<string>> =>
  parseEnv(await readFile(folder.keysFile, 'utf8'));

function keyKindOf(config: Config): (presented: string) => string | null {
  return createKeyKind({
    writeKeys: [config.KAIROS_WRITE_KEY, ...config.KAIROS_WRITE_KEY_PREVIOUS],
    browserKeys: [
      ...(config.KAIROS_BROWSER_KEY === undefined ? [] : [config.KAIROS_BROWSER_KEY]),
      ...config.KAIROS_BROWSER_KEY_PREVIOUS,
    ],
  });
}

function isAdmin(config: Config, presented: string): boolean {
  const keys = createApiKeys([config.KAIROS_ADMIN_KEY, ...config.KAIROS_ADMIN_KEY_PREVIOUS], []);
  try {
    authorize(keys, `Bearer ${presented}`, 'runs:read');
    return true;
  } catch {
    return false;
  }
}

describe('a rotated write key', () => {
  it('counts beside the old one until that is withdrawn', async () => {
    const before = (await nextStart()).KAIROS_WRITE_KEY;
    await rotateKey(folder.dir, 'write');
    const both = await nextStart();
    expect(both.KAIROS_WRITE_KEY).not.toBe(before);
    expect(keyKindOf(both)(both.KAIROS_WRITE_KEY)).toBe('server');
    expect(keyKindOf(both)(before)).toBe('server');
    await withdrawKeys(folder.dir, 'write');
    const after = await nextStart();
    expect(keyKindOf(after)(after.KAIROS_WRITE_KEY)).toBe('server');
    expect(keyKindOf(after)(before)).toBeNull();
  });

  it('may be rotated again before the first old one is withdrawn, up to five', async () => {
    const first = (await nextStart()).KAIROS_WRITE_KEY;
    for (let round = 0; round < 5; round += 1) await rotateKey(folder.dir, 'write');
    expect(keyKindOf(await nextStart())(first)).toBe('server');
    await expect(rotateKey(folder.dir, 'write')).rejects.toThrow(/5 old write keys count still/);
    expect((await nextStart()).KAIROS_WRITE_KEY_PREVIOUS).toHaveLength(5);
  });
});

describe('a browser key', () => {
  it('is there from the first start on and stays one of its kind when it is rotated', async () => {
    const first = await nextStart();
    await rotateKey(folder.dir, 'browser');
    const second = await nextStart();
    expect(second.KAIROS_BROWSER_KEY).not.toBe(first.KAIROS_BROWSER_KEY);
    expect(keyKindOf(second)(first.KAIROS_BROWSER_KEY ?? '')).toBe('browser');
    expect(keyKindOf(second)(second.KAIROS_BROWSER_KEY ?? '')).toBe('browser');
  });
});

describe('an unsubscribe link in a mail already sent', () => {
  const works = (config: Config, token: string): boolean =>
    readLink(linkSecrets(config).known, token) !== null;

  it('goes on working after the rotation and withdrawal of every key', async () => {
    const token = signLink(linkSecrets(await nextStart()).signing, LINK);
    for (const kind of ['write', 'admin', 'browser', 'link'] as const) {
      await rotateKey(folder.dir, kind);
      expect(works(await nextStart(), token)).toBe(true);
    }
    await withdrawKeys(folder.dir, 'write');
    await withdrawKeys(folder.dir, 'admin');
    expect(works(await nextStart(), token)).toBe(true);
  });

  it('goes on working after the secret of links was changed more often than other keys may be', async () => {
    const token = signLink(linkSecrets(await nextStart()).signing, LINK);
    for (let round = 0; round < 7; round += 1) await rotateKey(folder.dir, 'link');
    const config = await nextStart();
    expect(config.KAIROS_LINK_SECRET_PREVIOUS).toHaveLength(7);
    expect(works(config, token)).toBe(true);
  });

  it('is given up only by a hand, when no more old secrets can be kept', async () => {
    await nextStart();
    const old = Array.from({ length: 100 }, (_, index) => key('o') + String(index));
    const { SANDBOX_ACCOUNTS: _, ...variables } = await kept();
    const lines = Object.entries({ ...variables, KAIROS_LINK_SECRET_PREVIOUS: old.join(',') });
    await writeFile(folder.keysFile, lines.map(([name, value]) => `${name}=${value}`).join('\n'));
    await nextStart();
    await expect(rotateKey(folder.dir, 'link')).rejects.toThrow(
      /100 old secrets of links are kept.*strike the last ones/,
    );
    const file = await readFile(folder.keysFile, 'utf8');
    await writeFile(folder.keysFile, file.replace(`,${old.at(-1) ?? ''}`, ''));
    await rotateKey(folder.dir, 'link');
    expect((await nextStart()).KAIROS_LINK_SECRET_PREVIOUS).toHaveLength(100);
  });

  it.each(['before', 'after'] as const)(
    'works when it is older than the secret of links and the admin key is rotated %s a start',
    async (when) => {
      const admin = key('a');
      await writeFile(folder.keysFile, `KAIROS_WRITE_KEY=${key('w')}\nKAIROS_ADMIN_KEY=${admin}\n`);
      const token = signLink(admin, LINK);
      if (when === 'after') await nextStart();
      await rotateKey(folder.dir, 'admin');
      await withdrawKeys(folder.dir, 'admin');
      const config = await nextStart();
      expect(works(config, token)).toBe(true);
      expect(isAdmin(config, admin)).toBe(false);
      expect(linkSecrets(config).signing).not.toBe(admin);
    },
  );

  it('was signed with the admin key where links have no secret of their own', () => {
    const env = { ...SERVERS, KAIROS_WRITE_KEY: key('w'), KAIROS_ADMIN_KEY: key('a') };
    const token = signLink(linkSecrets(loadConfig(env)).signing, LINK);
    const rotated = { ...env, KAIROS_ADMIN_KEY: key('b'), KAIROS_ADMIN_KEY_PREVIOUS: key('a') };
    expect(works(loadConfig(rotated), token)).toBe(true);
    const withdrawn = { ...env, KAIROS_ADMIN_KEY: key('b'), KAIROS_LINK_SECRET: key('a') };
    expect(works(loadConfig(withdrawn), token)).toBe(true);
    expect(works(loadConfig({ ...env, KAIROS_ADMIN_KEY: key('b') }), token)).toBe(false);
  });
});

describe('the keys of a data folder', () => {
  it('are listed without showing any', async () => {
    await nextStart();
    await rotateKey(folder.dir, 'admin');
    const listed = await listKeys(folder.dir);
    expect(listed.map(({ kind, previous }) => [kind, previous.length])).toEqual([
      ['write', 0],
      ['admin', 1],
      ['browser', 0],
      ['link', 0],
    ]);
    const text = JSON.stringify(listed);
    for (const value of Object.values(await kept())) expect(text).not.toContain(value);
  });

  it('keep the accounts of the sandbox when one is rotated', async () => {
    await nextStart();
    const before = (await kept()).SANDBOX_ACCOUNTS;
    await rotateKey(folder.dir, 'admin');
    await nextStart();
    expect((await kept()).SANDBOX_ACCOUNTS).toBe(before);
  });

  it('that never were cannot be withdrawn', async () => {
    await nextStart();
    await expect(withdrawKeys(folder.dir, 'admin')).rejects.toThrow(
      'There is no old admin key to withdraw.',
    );
    await expect(rotateKey(path.join(folder.dir, 'nowhere'), 'write')).rejects.toThrow(
      /There is no Kairos in/,
    );
  });
});

describe('old keys in the environment', () => {
  it('are refused when they are none, or too many', () => {
    const env = { ...SERVERS, KAIROS_WRITE_KEY: key('w'), KAIROS_ADMIN_KEY: key('a') };
    expect(() => loadConfig({ ...env, KAIROS_WRITE_KEY_PREVIOUS: 'short' })).toThrow(
      /KAIROS_WRITE_KEY_PREVIOUS\.0: must be 20 or more/,
    );
    const six = Array.from({ length: 6 }, (_, index) => key(String(index))).join(',');
    expect(() => loadConfig({ ...env, KAIROS_ADMIN_KEY_PREVIOUS: six })).toThrow(
      /KAIROS_ADMIN_KEY_PREVIOUS: may hold 5 keys at most/,
    );
  });
});
