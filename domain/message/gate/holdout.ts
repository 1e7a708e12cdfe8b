import { sha256 } from '#domain/journey/sha-256.ts';

/** Whose share it is when it is nobody's own: all marketing of the shop. */
const EVERYTHING = '*';

/**
 * Whether a customer is one of those who are deliberately not reached, by a stable hash of their
 * id: always the same people, and as the share grows they stay in it. Each journey draws its own.
 */
export function isHeldOut(profileId: string, percent: number, journey = EVERYTHING): boolean {
  if (percent <= 0) return false;
  const digest = sha256(`holdout|${journey}|${profileId}`);
  const drawn = new DataView(digest.buffer).getUint32(0) / 2 ** 32;
  return drawn * 100 < percent;
}
