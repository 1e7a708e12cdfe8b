/**
 * What every command does before anything of ours can be loaded: a Node.js that is new enough, and
 * the packages of package-lock.json. Plain JavaScript without dependencies, because neither
 * TypeScript nor a package may be there yet.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The oldest Node.js we run on: the first 20.x whose require() loads the ES modules we use. */
const OLDEST_NODE = [20, 19];

/** npm says little while it downloads; a line this often shows that it is alive. */
const PROGRESS_EVERY_MS = 10_000;

/**
 * Says what is wrong with this version of Node.js, or nothing.
 * @param {string} version such as `20.19.1`
 * @returns {string | undefined}
 */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return (
    `Kairos needs Node.js ${OLDEST_NODE.join('.')} or newer, and this is ${version}. ` +
    'Install a newer one (https://nodejs.org, or `nvm install 24`) and start again.'
  );
}

/** Are the installed packages those of package-lock.json? npm leaves its own list when it is done. */
function packagesAreCurrent() {
  const installed = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const lockfile = path.join(root, 'package-lock.json');
  if (statSync(installed).mtimeMs >= statSync(lockfile).mtimeMs) return true;
  // A fresh checkout of the same content is newer than what was installed from it: compare what
  // they say before installing everything again.
  if (!listsTheSame(installed, lockfile)) return false;
  const now = new Date();
  utimesSync(installed, now, now);
  return true;
}

function listsTheSame(installedFile, lockFile) {
  try {
    const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
    const wanted = JSON.parse(readFileSync(lockFile, 'utf8')).packages;
    return Object.entries(wanted).every(
      ([where, entry]) =>
        where === '' || entry.optional || installed[where]?.version === entry.version,
    );
  } catch {
    return false;
  }
}

/** Runs `npm ci` when packages are missing or older than package-lock.json. */
async function installPackages() {
  if (packagesAreCurrent()) return;
  console.log('Installing packages (npm ci), about a minute …');
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  const progress = setInterval(() => {
    console.log(`Installing packages: ${seconds()} s …`);
  }, PROGRESS_EVERY_MS);
  const code = await run('npm', [
    'ci',
    '--no-audit',
    '--no-fund',
    '--include=dev',
    '--loglevel=error',
    '--no-progress',
  ]);
  clearInterval(progress);
  if (code !== 0) {
    throw new Error(
      'npm ci did not succeed (its own words stand above). ' +
        'Kairos needs a package registry once: see that `npm ping` works, then start again.',
    );
  }
  console.log(`Installing packages: done in ${seconds()} s.`);
}

/**
 * Runs a command on this terminal; signals that reach us reach it too.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>} its exit code; 1 when it could not start or was ended by a signal
 */
export function run(command, args, env = process.env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env });
    const forward = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    const finish = (code) => {
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    child.on('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      finish(1);
    });
    child.on('exit', (code) => finish(code ?? 1));
  });
}

/** Everything before the first line of TypeScript; ends the process with a sentence if it can't be. */
export async function prepare() {
  const problem = nodeProblem(process.versions.node);
  if (problem !== undefined) {
    console.error(problem);
    process.exit(1);
  }
  try {
    await installPackages();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}
