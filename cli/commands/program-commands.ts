import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { EXIT } from './command-error.ts';

const PROGRAMS = [
  {
    name: 'chaos',
    takes: '[OPTIONS...]',
    entry: 'chaos/main.ts',
    summary: 'kill parts of a Kairos under load, then audit that nothing was lost or doubled',
  },
  {
    name: 'bench',
    takes: '[ROWS-AND-OPTIONS...]',
    entry: 'bench/main.ts',
    summary: 'measure Kairos against its limits on this machine',
  },
] as const;

/**
 * `kairos chaos` and `kairos bench`: programs of their own, to which everything that was typed is
 * handed on. They know and explain their options themselves.
 */
export function addPrograms(program: Command, { root, words }: CommandContext): void {
  for (const { name, takes, entry, summary } of PROGRAMS) {
    program
      .command(name)
      .summary(summary)
      .argument(takes)
      .helpOption(false)
      .allowUnknownOption()
      .action(async () => {
        const typed = words.slice(words.indexOf(name) + 1);
        const asked = typed.map((word) => (word === '-h' ? '--help' : word));
        process.exitCode = await runProgram(entry, asked, root);
      });
  }
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
