import { createHash } from 'node:crypto';
import { noteDeed } from '#platform/audit.ts';
import type { Config } from '#platform/config.ts';
import type { Collections } from '#platform/mongo.ts';

/** As `kairos keys list` shows them: enough to tell keys apart, nothing to use one by. */
const FINGERPRINT_CHARS = 8;

/**
 * Writes down that other keys count than at the last start: which, by fingerprints, and since when.
 * `at` is epoch ms.
 */
export async function noteKeys(
  c: Pick<Collections, 'audit'>,
  config: Config,
  at: number,
): Promise<void> {
  const [latest] = await c.audit
    .find({ what: 'keysChanged' })
    .sort({ at: -1, _id: 1 })
    .limit(1)
    .toArray();
  const after = {
    admin: printsOf(config.KAIROS_ADMIN_KEY, config.KAIROS_ADMIN_KEY_PREVIOUS),
    write: printsOf(config.KAIROS_WRITE_KEY, config.KAIROS_WRITE_KEY_PREVIOUS),
    browser: printsOf(config.KAIROS_BROWSER_KEY, config.KAIROS_BROWSER_KEY_PREVIOUS),
  };
  const before = latest?.after ?? null;
  await noteDeed(c, { at, who: 'kairos', what: 'keysChanged', ids: {}, before, after });
}

function printsOf(key: string | undefined, previous: readonly string[]): string[] {
  return [...(key === undefined ? [] : [key]), ...previous].map((one) =>
    createHash('sha256').update(one).digest('hex').slice(0, FINGERPRINT_CHARS),
  );
}
