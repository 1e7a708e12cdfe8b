/** `npm run check`: format, lint, types, import directions, dead code. Says all that fails, not the first only. */
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { prepare, root } from './prepare.mjs';

/** As many at once as the smallest machine we care for has cores. */
const AT_ONCE = 2;

const bin = (name) => path.join(root, 'node_modules', '.bin', name);

/** The slowest first, so that the others run beside it. */
const steps = [
  { name: 'lint', command: bin('eslint'), args: ['.', '--max-warnings', '0'] },
  { name: 'types', command: bin('tsc'), args: ['--noEmit', '-p', '.'] },
  { name: 'types for browsers', command: bin('tsc'), args: ['--noEmit', '-p', 'sdk'] },
  { name: 'format', command: bin('prettier'), args: ['--check', '.'] },
  {
    name: 'import directions',
    command: bin('depcruise'),
    args: ['--config', '.dependency-cruiser.cjs', '.'],
  },
  { name: 'dead code', command: bin('knip'), args: ['--no-config-hints'] },
];

/** What .env.example leaves empty for the operator and docker-compose.yml does not start without. */
const REQUIRED = [
  'KAIROS_WRITE_KEY',
  'KAIROS_ADMIN_KEY',
  'KAIROS_LINK_SECRET',
  'TEMPORAL_DB_PASSWORD',
];

/** Compose is checked where it is installed; the example file stands for the operator's own. */
function composeSteps() {
  const found = spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' });
  if (found.status !== 0) return [];
  const args = ['compose', '--env-file', '.env.example', 'config', '--quiet'];
  // A variable of the environment goes before the file's.
  const env = {
    ...process.env,
    ...Object.fromEntries(REQUIRED.map((name) => [name, 'filled-in'])),
  };
  return [{ name: 'docker compose', command: 'docker', args, env }];
}

function runStep({ name, command, args, env = process.env }) {
  const startedAt = Date.now();
  console.log(`       ${name} …`);
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => resolve({ name, ok: false, output: error.message }));
    child.on('close', (code) => {
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
      console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
      resolve({ name, ok: code === 0, output });
    });
  });
}

await prepare();
const waiting = [...steps, ...composeSteps()];
const results = [];
async function work() {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    results.push(await runStep(step));
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, work));

const failed = results.filter(({ ok }) => !ok);
for (const { name, output } of failed) console.log(`\n--- ${name} ---\n${output.trim()}`);
console.log(
  failed.length === 0
    ? 'Everything is in order.'
    : `\n${failed.length} of ${results.length} checks failed.`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
