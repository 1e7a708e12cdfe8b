import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Command } from 'commander';
import { examples, type CommandContext } from './command-context.ts';
import { EXIT } from './command-error.ts';

/** `kairos chaos` and `kairos bench`: programs of their own, to which what was typed is handed on. */
export function addPrograms(program: Command, context: CommandContext): void {
  addChaos(program, context);
  addBench(program, context);
}

function addChaos(program: Command, context: CommandContext): void {
  const command = program
    .command('chaos')
    .summary('kill parts of a Kairos under load, then audit that nothing was lost or doubled')
    .description(
      'Starts a Kairos of its own in a new folder, puts it under load while its parts are killed and frozen, lets it settle, and compares what happened with what should have. Ends with 1 when anything was lost, doubled or wrong.',
    )
    .option('--minutes <N>', 'how long the load and the damage last, in minutes (default: 10)')
    .option('--seed <S>', 'repeats the customers and the deeds of another run (default: by chance)')
    .option('--keep', 'keep its folder; it is always kept when something is wrong')
    .addHelpText(
      'after',
      examples('npx kairos chaos --minutes 1', 'npx kairos chaos --minutes 10 --seed 7 --keep'),
    );
  handOver(command, 'chaos/main.ts', context);
}

function addBench(program: Command, context: CommandContext): void {
  const command = program
    .command('bench')
    .argument('[ROW...]', 'rows to measure (default: all)')
    .summary('measure Kairos against its limits on this machine')
    .description(
      'Starts servers of its own and measures each row of the benchmarks against its limit in the same run: docs/benchmarks.md says what each row does.',
    )
    .option('--rounds <N>', 'rounds whose median counts (default: 5)')
    .option('--quick', 'small amounts: shows that a row works, measures nothing')
    .addHelpText(
      'after',
      examples('npx kairos bench one-message-run --quick', 'npx kairos bench --rounds 5'),
    );
  handOver(command, 'bench/main.ts', context);
}

function handOver(command: Command, entry: string, { root, words }: CommandContext): void {
  command.action(async () => {
    const typed = words.slice(words.indexOf(command.name()) + 1);
    process.exitCode = await runProgram(entry, typed, root);
  });
}

/** Runs one of our TypeScript programs on this terminal; answers its exit code. */
function runProgram(entry: string, args: readonly string[], root: string): Promise<number> {
  return new Promise((resolve) => {
    const own = ['--import', import.meta.resolve('tsx'), path.join(root, entry), ...args];
    const child = spawn(process.execPath, own, { cwd: root, stdio: 'inherit' });
    // Ctrl-C reaches the whole group: the program ends in its own way, and we with it.
    const wait = (): void => undefined;
    const pass = (): void => void child.kill('SIGTERM');
    process.on('SIGINT', wait).on('SIGTERM', pass);
    child.on('error', () => {
      resolve(EXIT.badNews);
    });
    child.on('exit', (code) => {
      process.off('SIGINT', wait).off('SIGTERM', pass);
      resolve(code ?? EXIT.badNews);
    });
  });
}
