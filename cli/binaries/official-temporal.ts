/** Run by official.ts: downloads Temporal's CLI into the folder given and prints where it is. */
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';

/** The same version that the Go registry gives (Server 1.29.1, UI 2.42.1). */
const VERSION = 'v1.5.1';

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: official-temporal.ts FOLDER');
await mkdir(folder, { recursive: true });
// The library downloads only by starting a server; the server is ended at once.
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir: folder, version: VERSION } },
});
await environment.teardown();
const file = (await readdir(folder)).find((name) => name.startsWith('temporal'));
if (file === undefined) throw new Error('the download left no file');
console.log(path.join(folder, file));
