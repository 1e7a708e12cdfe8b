import { readFileSync } from 'node:fs';

/**
 * Memory of a process in MB: what is resident now (`VmRSS`), or the most that ever was (`VmHWM`). 0 on
 * systems without /proc, where nothing is held against it.
 */
export function memoryMb(pid: number, what: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    return Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}
