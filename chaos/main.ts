import { parseArgs } from 'node:util';
import { describe, repeatCommand } from './report.ts';
import { runChaos } from './run-chaos.ts';
import { timedSay } from './say.ts';

const HELP = `npm run chaos -- [options]

Starts a Kairos of its own, lets customers live in it while its processes are killed, frozen and
their disks filled, lets it settle, and audits from outside what became of every customer.

  --minutes N   how long customers come and the villain rages (default 10)
  --seed S      repeats the customers and the deeds of another run (default: by chance)
  --keep        keeps the folder with all data and logs; it is always kept when something is wrong
  --help        this text

Examples:
  $ npx kairos chaos --minutes 1
  $ npx kairos chaos --minutes 10 --seed 42 --keep

Exit code 0: lost 0, doubled 0, wrong 0, drift 0. Else 1, with each finding and the command that repeats it.
The report also counts what was excused; docs/chaos.md says what may be, and how often.`;

/** A seed of six digits can be read out over the phone. */
const SEED_MAX = 1_000_000;
/** Beyond this the invented phone numbers of four digits run out. */
const MINUTES_MAX = 40;

function fail(sentence: string): never {
  console.error(`${sentence}\n\`npm run chaos -- --help\` lists the options.`);
  process.exit(2);
}

function options() {
  try {
    return parseArgs({
      options: {
        minutes: { type: 'string', default: '10' },
        seed: { type: 'string' },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
}

const values = options();
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= MINUTES_MAX)) {
  fail(
    `--minutes must be a number above 0 and at most ${String(MINUTES_MAX)}, not "${values.minutes}".`,
  );
}
const seed = Number(values.seed ?? Math.floor(Math.random() * SEED_MAX));
if (!Number.isInteger(seed) || seed < 0) {
  fail(`--seed must be a whole number, not "${String(values.seed)}".`);
}
const say = timedSay((line) => {
  console.log(line);
});
try {
  const report = await runChaos({ minutes, seed, keep: values.keep, say });
  console.log(describe(report));
  process.exit(report.findings.length === 0 && report.unfinished === 0 ? 0 : 1);
} catch (error) {
  console.error('The run broke off and nothing was judged:', error);
  console.error(repeatCommand({ minutes, seed }));
  process.exit(1);
}
