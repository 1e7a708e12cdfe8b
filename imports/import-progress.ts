import type { StoredImport } from './import-document.ts';

/** Some are gone through twice: orders row by row, then order by order; of hashes the customers. */
export function progressOf(made: StoredImport): number {
  const { as, status, total, rows, accepted, rejected, skipped, counts } = made;
  if (status === 'completed' || (total === 0 && as !== 'audience')) return 1;
  const read = total === 0 ? 1 : rows / total;
  const second: Partial<Record<typeof as, number>> = {
    orders: (accepted + rejected + skipped) / total,
    audience: Math.min(1, (counts?.looked ?? 0) / Math.max(1, counts?.total ?? 1)),
  };
  const share = second[as] === undefined ? read : (read + second[as]) / 2;
  return Math.round(share * 1_000) / 1_000;
}

/** As long again as it took so far, by the share that is done. */
export function secondsLeft(made: StoredImport, now: number): number | null {
  const progress = progressOf(made);
  if (made.status !== 'running' || progress <= 0) return null;
  return Math.ceil((((now - made.createdAt) / progress) * (1 - progress)) / 1_000);
}
