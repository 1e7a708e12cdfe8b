/**
 * `npm run complete-journey -- FOLDER`: brings the whole of Complete Journey into a Kairos of its own
 * and compares every household with a direct sum of the files; docs/imports.md says how.
 */
import { WholeKairos } from '#test/support/whole-kairos.ts';
import { startServers } from '../servers.ts';
import { bringIn, readBack, type Target } from './bring-in.ts';
import { differencesOf } from './compare.ts';
import { sumUp } from './sum-up.ts';

/** Differences shown; all are counted. */
const SHOWN = 20;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const [folder, ...more] = process.argv.slice(2);
if (folder === undefined || more.length > 0) {
  process.stderr.write(
    'Name the folder of the parquet files: npm run complete-journey -- FOLDER\n',
  );
  process.exitCode = 2;
} else await run(folder);

async function run(from: string): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopping.abort();
      process.exit(130);
    });
  }
  const truth = await sumUp(from);
  const orders = [...truth.bought.values()].reduce((sum, one) => sum + one.orders, 0);
  say(
    `The files: ${String(truth.lines)} lines of ${String(orders)} orders of ${String(truth.bought.size)} ` +
      `households, ${String(truth.products.size)} products, ${String(truth.described.size)} households described.`,
  );
  const servers = await startServers(say, stopping.signal);
  try {
    const kairos = await WholeKairos.start('kairos-complete-journey', servers);
    try {
      const key = kairos.environment.KAIROS_ADMIN_KEY ?? '';
      const target: Target = { url: kairos.url, key };
      await bringIn(target, from, say);
      const differences = differencesOf(truth, await readBack(target, truth));
      for (const line of differences.slice(0, SHOWN)) say(`  ${line}`);
      say(
        differences.length === 0
          ? 'Every household and every product is as the files say.'
          : `${String(differences.length)} differences.`,
      );
      if (differences.length > 0) process.exitCode = 1;
    } finally {
      await kairos.stop();
    }
  } finally {
    await servers.stop();
  }
}
