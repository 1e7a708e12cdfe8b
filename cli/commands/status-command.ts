import type { Command } from 'commander';
import { z } from 'zod';
import { KairosApi } from './ask-kairos.ts';
import { examples, JSON_FLAG, type CommandContext, type JsonOption } from './command-context.ts';
import { CommandError, EXIT } from './command-error.ts';
import {
  addInstallationOptions,
  findInstallation,
  type InstallationOptions,
} from './find-installation.ts';
import { counted } from './table.ts';

const Readiness = z.object({ status: z.string(), checks: z.record(z.string(), z.string()) });

const Counts = z.record(z.string(), z.number());

const Status = z.object({
  at: z.string(),
  versions: z.object({
    kairos: z.string(),
    node: z.string(),
    mongodb: z.string(),
    // Null while it is away; an API of an earlier version says nothing of it.
    temporal: z.string().nullish(),
  }),
  backlog: z.number(),
  journeys: Counts,
  runs: Counts,
  messages: Counts,
  countsUpTo: z.number(),
});
type Status = z.infer<typeof Status>;

/** `kairos status`: whether everything works, and how much of what there is. */
export function addStatus(program: Command, context: CommandContext): void {
  const command = program
    .command('status')
    .summary('whether Kairos is ready, and what it has to do')
    .description(
      'Shows the checks of /readyz, versions, events not yet worked off, journeys, runs and the messages of the last 24 hours. Ends with 1 when a check fails, so that a script can wait for it.',
    );
  addInstallationOptions(command)
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      examples(
        'npx kairos status',
        'npx kairos status --json',
        'npx kairos status --data-dir ./shop-b',
      ),
    )
    .action(async (options: InstallationOptions & JsonOption) => {
      const api = new KairosApi(await findInstallation(options, context));
      await showStatus(api, options.json === true, context.say);
    });
}

async function showStatus(
  api: KairosApi,
  asJson: boolean,
  say: CommandContext['say'],
): Promise<void> {
  const ready = await api.ask('/readyz', { reply: Readiness, open: true, also: [503] });
  const isReady = ready?.status === 'ready';
  const checks = ready?.checks ?? {};
  if (!asJson) {
    say(`Kairos at ${api.url} is ${isReady ? 'ready' : 'NOT ready'}.`);
    say('');
    showRows([['checks', checkWords(checks)]], say);
  }
  // Counting needs what the check says is away: ask only where there is hope of an answer.
  const status = checks.mongo === 'ok' ? await api.ask('/v1/status', { reply: Status }) : null;
  if (asJson) say(JSON.stringify({ url: api.url, ready: isReady, checks, ...status }, null, 2));
  else showRows(rowsOf(status), say);
  if (!isReady) {
    throw new CommandError(
      asJson ? '' : 'What each failing check means: docs/operations.md.',
      EXIT.badNews,
    );
  }
}

/** The widest name of a row: what is known first is shown before the rest is asked for. */
const NAME_WIDTH = 'versions'.length;

function showRows(rows: readonly (readonly [string, string])[], say: CommandContext['say']): void {
  for (const [name, words] of rows) say(`  ${name.padEnd(NAME_WIDTH)}  ${words}`);
}

function checkWords(checks: Readonly<Record<string, string>>): string {
  return Object.entries(checks)
    .map(([name, state]) => `${name} ${state}`)
    .join(', ');
}

function rowsOf(status: Status | null): [string, string][] {
  if (status === null) return [];
  const { versions, backlog, countsUpTo: most } = status;
  const words = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${figure(count, most)} ${name}`)
      .join(', ') || 'none';
  return [
    ['versions', versionWords(versions)],
    ['backlog', `${counted(backlog, 'event')} accepted and not yet routed`],
    ['journeys', words(status.journeys)],
    ['runs', words(status.runs)],
    ['messages', `${words(status.messages)} (last 24 hours)`],
  ];
}

function versionWords({ kairos, node, mongodb, temporal }: Status['versions']): string {
  const words = [`Kairos ${kairos}`, `Node.js ${node}`, `MongoDB ${mongodb}`];
  return [...words, ...(temporal ? [`Temporal ${temporal}`] : [])].join(', ');
}

function figure(count: number, most: number): string {
  return count >= most ? `${most.toLocaleString('en')} or more` : count.toLocaleString('en');
}
