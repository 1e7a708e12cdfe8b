/** Starts the servers that tests with `KAIROS_TEST_*` use, once for the whole run. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default async function startServers() {
  if (process.env.KAIROS_TEST_MONGODB_URI && process.env.KAIROS_TEST_TEMPORAL_ADDRESS) return;
  const entry = fileURLToPath(new URL('servers.ts', import.meta.url));
  const servers = fork(entry, { execArgv: ['--import', import.meta.resolve('tsx')] });
  const addresses = await new Promise((resolve, reject) => {
    servers.once('message', resolve);
    servers.once('exit', () => reject(new Error('the servers of the tests did not start')));
  });
  Object.assign(process.env, addresses);
  globalThis.kairosTestServers = servers;
}
