import { readFile } from 'node:fs/promises';
import { runCommand } from '../run-command.ts';

/** What tells a process from a later one that was given the same number. */
export interface ProcessIdentity {
  /** When it started, in the system's own words; only ever compared with itself. */
  readonly startedAt: string;
  readonly command: string;
}

/** Where processes are not to be read from files, `ps` answers quickly or not at all. */
const PS_TIMEOUT_MS = 5_000;

/** Who runs under this number now; nobody if it is gone, a zombie included. */
export function processIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

async function fromProc(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    const [stat, command, boot] = await Promise.all([
      readFile(`/proc/${String(pid)}/stat`, 'utf8'),
      readFile(`/proc/${String(pid)}/cmdline`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    ]);
    // The name in brackets may hold anything; the numbered fields follow the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || ticks === undefined) return undefined;
    return { startedAt: `${boot.trim()}:${ticks}`, command: command.replaceAll('\0', ' ').trim() };
  } catch {
    // Gone, which is the answer.
    return undefined;
  }
}

async function fromPs(pid: number): Promise<ProcessIdentity | undefined> {
  const ask = async (column: string): Promise<string> => {
    const { code, output } = await runCommand('ps', ['-o', `${column}=`, '-p', String(pid)], {
      timeoutMs: PS_TIMEOUT_MS,
    });
    return code === 0 ? output.trim() : '';
  };
  const [startedAt, command, state] = await Promise.all([
    ask('lstart'),
    ask('command'),
    ask('state'),
  ]);
  return startedAt === '' || state.startsWith('Z') ? undefined : { startedAt, command };
}
