import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/**
 * Writes docs/openapi.json, which a test holds to the code, from a running Kairos:
 * `npx tsx api/write-openapi.ts [http://127.0.0.1:8080]`, then `npm run format`.
 */
const base = process.argv[2] ?? 'http://127.0.0.1:8080';
const file = fileURLToPath(new URL('../docs/openapi.json', import.meta.url));
const reply = await fetch(new URL('/openapi.json', base)).catch(() => {
  throw new Error(`No Kairos answers at ${base}: \`npm start\` runs one.`);
});
if (!reply.ok) throw new Error(`${base} answered ${String(reply.status)}`);
await writeFile(file, `${JSON.stringify(await reply.json(), null, 2)}\n`);
