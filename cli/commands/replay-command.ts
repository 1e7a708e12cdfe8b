import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { examples, JSON_FLAG, type CommandContext, type JsonOption } from './command-context.ts';
import { CommandError, EXIT } from './command-error.ts';
import { findTemporal } from './find-installation.ts';
import type { NamedHistory, Verdict } from './replay-histories.ts';
import { limitUpTo } from './runs-command.ts';
import { counted, table } from './table.ts';

/** Enough to meet every step a journey waits at; each is a call to Temporal and a replay. */
const LIMIT_DEFAULT = 100;

/** A minute or two of replaying. */
const LIMIT_MAX = 10_000;

interface ReplayOptions extends JsonOption {
  file?: string;
  allOpen?: boolean;
  limit: number;
  dataDir?: string;
}

/** `kairos replay`: whether the workflow code of this folder can carry recorded runs on. */
export function addReplay(program: Command, context: CommandContext): void {
  program
    .command('replay')
    .argument('[RUN_ID]', 'the run whose history is to be fetched from Temporal')
    .summary('check that the present workflow code can carry runs on, from their histories')
    .description(
      'Replays histories of Temporal against the workflow code in this folder and says whether that code makes the same decisions: what must hold before an upgrade is rolled out over runs under way. Changes nothing. Ends with 1 when a history does not replay.',
    )
    .option('--file <HISTORY.json>', 'a history from a file (`temporal workflow show -o json`)')
    .option('--all-open', 'the runs under way, newest first')
    .option(
      '--limit <N>',
      `how many with --all-open, 1 to ${String(LIMIT_MAX)}`,
      limitUpTo(LIMIT_MAX),
      LIMIT_DEFAULT,
    )
    .option(
      '--data-dir <DIR>',
      'data folder whose Temporal is asked (default .data); another is named by TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE',
    )
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      examples(
        'npx kairos replay m3v6yekxyq5jqf8mcdf28qg52g',
        'npx kairos replay --all-open --limit 500',
        'npx kairos replay --file history.json',
      ),
    )
    .action(async (runId: string | undefined, options: ReplayOptions) => {
      const named = [runId, options.file, options.allOpen].filter((one) => one !== undefined);
      if (named.length !== 1) {
        throw new CommandError('Name one: a RUN_ID, --file or --all-open.', EXIT.usage);
      }
      // Temporal's worker takes a second to load: other commands, and mistakes, need not wait.
      const { replayHistories } = await import('./replay-histories.ts');
      const verdicts = await replayHistories(await histories(runId, options, context));
      tell(verdicts, options.json === true, context.say);
    });
}

async function histories(
  runId: string | undefined,
  options: ReplayOptions,
  context: CommandContext,
): Promise<NamedHistory[]> {
  if (options.file !== undefined) return [await fromFile(path.resolve(context.cwd, options.file))];
  const place = await findTemporal(options, context);
  const { openRuns, runHistory } = await import('./temporal-histories.ts');
  return runId === undefined ? openRuns(place, options.limit) : [await runHistory(place, runId)];
}

async function fromFile(file: string): Promise<NamedHistory> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CommandError(`${file} cannot be read.`, EXIT.usage);
  });
  const { historyFromJson } = await import('./history-json.ts');
  const noHistory = new CommandError(
    `${file} holds no history: it must be the JSON of \`temporal workflow show --output json\`.`,
    EXIT.usage,
  );
  try {
    const history = historyFromJson(JSON.parse(text));
    if (!history.events?.[0]?.workflowExecutionStartedEventAttributes) throw noHistory;
    return { workflowId: path.basename(file, '.json'), history };
  } catch {
    throw noHistory;
  }
}

function tell(verdicts: readonly Verdict[], asJson: boolean, say: CommandContext['say']): void {
  const failed = verdicts.filter(({ replays }) => !replays);
  if (asJson) say(JSON.stringify(verdicts, null, 2));
  else if (verdicts.length === 0) say('No runs are under way.');
  else for (const line of [...listed(verdicts, failed), '', summary(verdicts, failed)]) say(line);
  if (failed.length > 0) throw new CommandError('', EXIT.badNews);
}

/** A screenful of good ones is listed; of many, only those that fail. */
const LISTED_MAX = 20;

function listed(verdicts: readonly Verdict[], failed: readonly Verdict[]): string[] {
  const shown = verdicts.length <= LISTED_MAX ? verdicts : failed;
  return table(
    shown.map(({ run, journey, events, replays, why }) => [
      run,
      journey,
      counted(events, 'event'),
      replays ? 'replays' : `DOES NOT REPLAY: ${why ?? ''}`,
    ]),
  );
}

function summary(verdicts: readonly Verdict[], failed: readonly Verdict[]): string {
  const all = verdicts.length === 1 ? 'this run' : `all ${counted(verdicts.length, 'run')}`;
  if (failed.length === 0) {
    return `The present workflow code decides as recorded: it can carry on ${all}.`;
  }
  const some =
    verdicts.length === 1
      ? 'this run'
      : `${String(failed.length)} of ${counted(verdicts.length, 'run')}`;
  return `The present workflow code cannot carry on ${some}: keep the old workers until their end.`;
}
