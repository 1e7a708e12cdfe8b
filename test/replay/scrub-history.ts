import os from 'node:os';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { historyToJson } from '#cli/commands/history-json.ts';

/** What stands in a kept history where a process and its machine were named. */
export const NEUTRAL_IDENTITY = 'worker@host';

const PROCESS_AT_MACHINE = /\b\d+@[A-Za-z0-9._-]+?(?=-kairos-|\b(?![.-]?\w))/g;

/**
 * A history as it is kept: protobuf's own JSON without names of processes and machines, stack
 * traces and the ids of tries. None of it is compared in a replay.
 */
export function scrubHistory(history: History): string {
  return `${JSON.stringify(scrub(historyToJson(history)), null, 1)}\n`;
}

function scrub(value: unknown): unknown {
  if (typeof value === 'string') return scrubText(value);
  if (Array.isArray(value)) return value.map(scrub);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => name !== 'stackTrace');
  return Object.fromEntries(kept.map(([name, inner]) => [name, scrubField(name, inner)]));
}

/** Payloads are our own JSON in base64, in which any few letters may stand. */
function scrubField(name: string, inner: unknown): unknown {
  if (name === 'identity') return NEUTRAL_IDENTITY;
  // The SDK's version is enough: the hash of the bundle behind it may look like a phone number.
  if (name === 'buildId' && typeof inner === 'string') return inner.replace(/\+[0-9a-f]{64}$/, '');
  return name === 'data' && typeof inner === 'string' ? inner : scrub(inner);
}

/** This machine's name where it stands alone. */
export function machineName(): RegExp {
  const name = os.hostname().replaceAll(/[^A-Za-z0-9]/g, '\\$&');
  return new RegExp(`(?<![\\w-])${name}(?![\\w-])`, 'g');
}

function scrubText(text: string): string {
  return text
    .replaceAll(`${String(process.pid)}@${os.hostname()}`, NEUTRAL_IDENTITY)
    .replaceAll(PROCESS_AT_MACHINE, NEUTRAL_IDENTITY)
    .replaceAll(machineName(), 'host');
}
