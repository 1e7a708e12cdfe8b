import { MINUTE_MS, SECOND_MS } from '#domain/time/duration.ts';

/** What is known of a campaign under way. Instants in epoch ms. */
export interface UnderWay {
  now: number;
  pending: number;
  /** Recipients a minute that ended lately; 0: none did yet. */
  perMinute: number;
  /** What its definition allows. */
  ratePerMinute: number | undefined;
  /** When the last of those who wait for their hour is due; null: nobody waits. */
  lastDueAt: number | null;
}

/** Seconds until everybody has had their turn; null: not known yet. */
export function timeLeft({
  now,
  pending,
  perMinute,
  ratePerMinute,
  lastDueAt,
}: UnderWay): number | null {
  if (pending === 0) return 0;
  const rate = perMinute > 0 ? perMinute : ratePerMinute;
  const waits = lastDueAt === null ? 0 : Math.max(0, lastDueAt - now);
  if (rate === undefined) return waits > 0 ? Math.ceil(waits / SECOND_MS) : null;
  const sends = (pending / Math.min(rate, ratePerMinute ?? rate)) * MINUTE_MS;
  return Math.ceil(Math.max(waits, sends) / SECOND_MS);
}
