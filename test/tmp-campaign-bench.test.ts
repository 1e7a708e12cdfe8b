import { it } from '@jest/globals';
import { Ground } from '#bench/ground.ts';
import { campaign } from '#bench/rows/campaign.ts';
import { runRow } from '#bench/run-row.ts';

it('measures', async () => {
  const ground = await Ground.start('quick', {
    mongodbUri: process.env.KAIROS_TEST_MONGODB_URI ?? '',
    temporalAddress: process.env.KAIROS_TEST_TEMPORAL_ADDRESS ?? '',
    pids: {},
    stop: () => Promise.resolve(),
  });
  const result = await runRow(campaign, ground, { rounds: 1, say: (line) => process.stderr.write(`${line}\n`) });
  process.stderr.write(JSON.stringify(result.lines.map(({ what, ours, limit, ratio }) => [what, ours.median, limit?.median, ratio?.median])) + '\n');
  await ground.stop();
}, 300_000);
