/**
 * What processes use, read from Linux' /proc (proc(5)). Where there is none, figures of processes
 * are NaN, which the report shows as a dash; rates and latencies need nothing of it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';

/** Linux counts CPU time in hundredths of a second on every platform that Node.js runs on. */
const MS_PER_TICK = 10;

/** CPU time in ms that these processes have used so far, all threads, user and system. */
export function cpuMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (processStat(pid)?.cpuMs ?? NaN), 0);
}

/** Resident memory in MB; NaN for a process that is gone. */
export function memoryMb(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(readText(`/proc/${String(pid)}/status`));
  return found === null ? NaN : Number(found[1]) / 1024;
}

/** CPU time of the machine and of this process with everything it started, living or ended. */
export interface MachineTime {
  at: number;
  busyMs: number;
  ownMs: number;
}

export function machineTime(): MachineTime {
  const [, ...ticks] = (readText('/proc/stat').split('\n')[0] ?? '').split(/\s+/).map(Number);
  // user, nice, system, idle, iowait, irq, softirq, steal: what a neighbour stole is foreign, too.
  const busy = ticks.slice(0, 8).filter((_, index) => index !== 3 && index !== 4);
  const busyMs = busy.reduce((sum, one) => sum + one, 0) * MS_PER_TICK;
  return { at: performance.now(), busyMs: ticks.length < 8 ? NaN : busyMs, ownMs: ownMs() };
}

/** Which part of the machine others had between two moments, 0…1. */
export function foreignShare(from: MachineTime, to: MachineTime): number {
  const foreignMs = to.busyMs - from.busyMs - (to.ownMs - from.ownMs);
  return Math.max(0, foreignMs / ((to.at - from.at) * os.cpus().length));
}

interface ProcessStat {
  parent: number;
  cpuMs: number;
  /** Of children that ended and were waited for. */
  endedMs: number;
}

function processStat(pid: number): ProcessStat | null {
  const text = readText(`/proc/${String(pid)}/stat`);
  // The second field is the program's name in brackets, which may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [parent, user, system, endedUser, endedSystem] = [1, 11, 12, 13, 14].map((index) =>
    Number(fields[index]),
  );
  if (parent === undefined || user === undefined || system === undefined) return null;
  if (endedUser === undefined || endedSystem === undefined || Number.isNaN(system)) return null;
  const ms = (ticks: number): number => ticks * MS_PER_TICK;
  return { parent, cpuMs: ms(user + system), endedMs: ms(endedUser + endedSystem) };
}

function ownMs(): number {
  const all = new Map<number, ProcessStat>();
  for (const name of listProcesses()) {
    const stat = /^\d+$/.test(name) ? processStat(Number(name)) : null;
    if (stat !== null) all.set(Number(name), stat);
  }
  const isOurs = (pid: number): boolean => {
    for (let at = pid; at > 1; at = all.get(at)?.parent ?? 0) if (at === process.pid) return true;
    return false;
  };
  let sum = 0;
  for (const [pid, stat] of all) if (isOurs(pid)) sum += stat.cpuMs + stat.endedMs;
  return sum;
}

function listProcesses(): string[] {
  try {
    return readdirSync('/proc');
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process is gone, or this is no Linux.
    return '';
  }
}
