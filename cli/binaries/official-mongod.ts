/** Run by official.ts: downloads mongod into the folder given and prints where it is. */
import { mkdir } from 'node:fs/promises';
import { MongoBinary } from 'mongodb-memory-server-core';

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: official-mongod.ts FOLDER');
await mkdir(folder, { recursive: true });
console.log(await MongoBinary.getPath({ downloadDir: folder }));
