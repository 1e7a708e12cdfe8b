import type { Connection } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';

/** Temporal's enum for the kinds of search attribute we use. */
const INDEXED_VALUE_TYPE = { KEYWORD: 2, INT: 3 } as const;

/**
 * Makes sure that a namespace knows our search attributes. Safe to repeat; a server that keeps them
 * apart from its frontend (Temporal Cloud) refuses, and there the operator registers them.
 */
export async function ensureSearchAttributes(
  connection: Connection | NativeConnection,
  namespace: string,
  wanted: Readonly<Record<string, keyof typeof INDEXED_VALUE_TYPE>>,
): Promise<void> {
  const { operatorService } = connection as Connection;
  const known = await operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(wanted).filter(
    ([name]) => !Object.hasOwn(known.customAttributes, name),
  );
  if (missing.length === 0) return;
  await operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(
      missing.map(([name, kind]) => [name, INDEXED_VALUE_TYPE[kind]]),
    ),
  });
}
