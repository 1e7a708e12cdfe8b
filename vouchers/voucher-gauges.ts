import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '#platform/clock.ts';
import type { VoucherStore } from './voucher-store.ts';

/** Pools shown; a shop has a handful. */
const POOLS_MAX = 100;
/** Scrapers and dashboards share one look for this long, in ms. */
const LOOK_EVERY_MS = 30_000;

type Left = { pool: string; left: number; isLow: boolean }[];

/** How many codes are left, by pool, looked up when somebody scrapes. Absent while the store is away. */
export function registerVoucherGauges(
  registry: Registry,
  store: Pick<VoucherStore, 'pools' | 'left'>,
  clock: Clock,
): void {
  let seen: { at: number; left: Promise<Left | null> } | null = null;
  const look = (): Promise<Left | null> => {
    const now = clock();
    if (seen === null || now - seen.at >= LOOK_EVERY_MS) {
      seen = { at: now, left: lookAtPools(store).catch(() => null) };
    }
    return seen.left;
  };
  const registers = [registry];
  new Gauge({
    name: 'kairos_vouchers_left',
    help: 'Codes that can still be given out, by pool; at most 100,000 are counted.',
    labelNames: ['pool'],
    registers,
    async collect() {
      this.reset();
      for (const { pool, left } of (await look()) ?? []) this.set({ pool }, left);
    },
  });
  new Gauge({
    name: 'kairos_voucher_pools_low',
    help: 'Pools with no more codes left than their `lowStock` says.',
    registers,
    async collect() {
      const pools = await look();
      if (pools === null) this.remove();
      else this.set(pools.filter(({ isLow }) => isLow).length);
    },
  });
}

async function lookAtPools(store: Pick<VoucherStore, 'pools' | 'left'>): Promise<Left> {
  const { rows } = await store.pools({ limit: POOLS_MAX, after: null });
  return Promise.all(
    rows.map(async ({ _id: pool, lowStock }) => {
      const left = await store.left(pool);
      return { pool, left, isLow: left <= lowStock };
    }),
  );
}
