import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
} from 'node:fs';
import path from 'node:path';

/** One process of an installation, as it is to be started. */
export interface ChildPlan {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Both outputs are appended here. */
  readonly logFile: string;
  /** Our own programs get a channel whose end tells them that the starter is gone. */
  readonly linked: boolean;
}

/** A log that grew beyond this is put aside at the next start; one old log is kept. */
const LOG_MAX_BYTES = 10 * 1024 * 1024;

/** Starts the process in the starter's own process group, its outputs going to its log. */
export function startChild(plan: ChildPlan): ChildProcess {
  mkdirSync(path.dirname(plan.logFile), { recursive: true });
  if (existsSync(plan.logFile) && statSync(plan.logFile).size > LOG_MAX_BYTES) {
    renameSync(plan.logFile, `${plan.logFile}.1`);
  }
  const log = openSync(plan.logFile, 'a', 0o600);
  try {
    return spawn(plan.command, plan.args, {
      stdio: plan.linked ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
      env: plan.env,
    });
  } finally {
    closeSync(log);
  }
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

/** Resolves when the process is gone, also when it could not be started at all. */
export function ended(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.once('error', () => {
      if (hasEnded(child)) resolve();
    });
  });
}

/** Asks the process to end, and ends it after `graceMs`. */
export async function endChild(child: ChildProcess, graceMs: number): Promise<void> {
  if (hasEnded(child)) return;
  const gone = ended(child);
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(force);
}

/** The last lines of a log, to show when its process failed. */
export function lastLines(logFile: string, count = 15): string[] {
  if (!existsSync(logFile)) return [];
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count);
}
