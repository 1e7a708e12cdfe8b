import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { addBackup } from './commands/backup-commands.ts';
import type { CommandContext } from './commands/command-context.ts';
import { CommandError, EXIT } from './commands/command-error.ts';
import { addExplainRun } from './commands/explain-command.ts';
import { addExport } from './commands/export-command.ts';
import { addImport } from './commands/import-command.ts';
import { addKeys } from './commands/keys-commands.ts';
import { addMail } from './commands/mail-commands.ts';
import { addPrograms } from './commands/program-commands.ts';
import { addReplay } from './commands/replay-command.ts';
import { addRuns } from './commands/runs-command.ts';
import { addStatus } from './commands/status-command.ts';
import { addUp } from './commands/up-command.ts';
import { LaunchError } from './launch-error.ts';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Text wider than this is broken: it fits every terminal and a page of documentation. */
const HELP_WIDTH = 90;

/** The `kairos` command: `args` are the words after its name. Sets the exit code; prints all errors. */
export async function kairos(args: readonly string[]): Promise<void> {
  const context: CommandContext = {
    env: process.env,
    cwd: process.cwd(),
    root: ROOT,
    words: args,
    say: (line) => {
      console.log(line);
    },
  };
  endQuietlyWithItsReader();
  try {
    await makeProgram(context).parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    const told = error instanceof CommandError || error instanceof LaunchError;
    if (told && error.message !== '') console.error(error.message);
    if (!told && !(error instanceof CommanderError)) console.error(error);
  }
}

function makeProgram(context: CommandContext): Command {
  const program = new Command('kairos')
    .description('Customer journeys that never forget. Each command explains itself with --help.')
    .version(ownVersion(), '--version', 'the version of this command')
    .configureHelp({ helpWidth: HELP_WIDTH })
    .configureOutput({ getOutHelpWidth: () => HELP_WIDTH, getErrHelpWidth: () => HELP_WIDTH })
    .helpOption('-h, --help', 'this text')
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('Add --help to read how it is used.')
    .addHelpText(
      'after',
      '\nExit codes: 0 done; 1 the answer is bad news (not ready, nobody known, does not replay);\n2 the command line cannot be understood; 3 Kairos or Temporal not reached, or the key refused.',
    );
  for (const add of [
    addUp,
    addStatus,
    addRuns,
    addExplainRun,
    addReplay,
    addImport,
    addExport,
    addMail,
    addPrograms,
    addBackup,
    addKeys,
  ]) {
    add(program, context);
  }
  return program;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  if (!(error instanceof CommanderError)) return EXIT.badNews;
  return error.exitCode === 0 ? EXIT.done : EXIT.usage;
}

function ownVersion(): string {
  const text = readFileSync(path.join(ROOT, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** `kairos runs | head -3`: who reads no further has seen enough. */
function endQuietlyWithItsReader(): void {
  process.stdout.on('error', () => {
    process.exit(EXIT.done);
  });
}
