import os from 'node:os';
import { historyToJSON, type History } from '@temporalio/common/lib/proto-utils.js';

/** What stands in a kept history where a process and its machine were named. */
export const NEUTRAL_IDENTITY = 'worker@host';

const PROCESS_AT_MACHINE = /\b\d+@[A-Za-z0-9._-]+?(?=-kairos-|\b(?![.-]?\w))/g;

/**
 * A history as it is kept: protobuf's own JSON without names of processes and machines, stack
 * traces and the ids of tries. None of it is compared in a replay.
 */
export function scrubHistory(history: History): string {
  const plain: unknown = JSON.parse(historyToJSON(history));
  return `${JSON.stringify(scrub(plain), null, 1)}\n`;
}

function scrub(value: unknown): unknown {
  if (typeof value === 'string') return scrubText(value);
  if (Array.isArray(value)) return value.map(scrub);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => name !== 'stackTrace');
  return Object.fromEntries(
    kept.map(([name, inner]) => [name, name === 'identity' ? NEUTRAL_IDENTITY : scrub(inner)]),
  );
}

function scrubText(text: string): string {
  return text
    .replaceAll(`${String(process.pid)}@${os.hostname()}`, NEUTRAL_IDENTITY)
    .replaceAll(PROCESS_AT_MACHINE, NEUTRAL_IDENTITY)
    .replaceAll(os.hostname(), 'host');
}
