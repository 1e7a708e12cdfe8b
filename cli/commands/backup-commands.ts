import path from 'node:path';
import type { Command } from 'commander';
import { examples, type CommandContext } from './command-context.ts';
import { endSignal } from './end-signal.ts';
import { dataDirOf } from './find-installation.ts';

interface FolderOption {
  dataDir?: string;
}

const DATA_DIR = [
  '--data-dir <DIR>',
  'data folder of the installation (KAIROS_DATA_DIR; default .data)',
] as const;

/** `kairos backup` and `kairos restore`. */
export function addBackup(program: Command, context: CommandContext): void {
  program
    .command('backup')
    .argument('<DIR>', 'folder to be made for the backup')
    .summary('write everything a lost installation can be made from into a new folder')
    .description(
      'Writes the whole database as of one instant, and the keys of an embedded installation, into a new folder. Kairos may run meanwhile. With MONGODB_URI set, that database is backed up instead of the embedded one.',
    )
    .option(...DATA_DIR)
    .addHelpText(
      'after',
      examples(
        'npx kairos backup ../kairos-backups/monday',
        'npx kairos backup /mnt/b --data-dir ./shop-b',
      ),
    )
    .action(async (dir: string, { dataDir }: FolderOption) => {
      const { env, cwd, say } = context;
      const { backup } = await import('../backup/backup.ts');
      await backup(
        {
          dir: path.resolve(cwd, dir),
          dataDir: dataDirOf(dataDir, context),
          env,
          signal: endSignal(),
        },
        say,
      );
    });
  program
    .command('restore')
    .argument('<DIR>', 'folder that a backup made')
    .summary('make an installation from a backup')
    .description(
      'Makes an installation from a backup, in a new data folder or in the empty database that MONGODB_URI names. At its next start every run goes on from where it stood.',
    )
    .option(...DATA_DIR)
    .addHelpText(
      'after',
      examples('npx kairos restore ../kairos-backups/monday --data-dir ../shop-restored'),
    )
    .action(async (dir: string, { dataDir }: FolderOption) => {
      const { env, cwd, say } = context;
      const { restore } = await import('../backup/restore.ts');
      await restore(
        {
          dir: path.resolve(cwd, dir),
          dataDir: dataDirOf(dataDir, context),
          env,
          now: Date.now(),
          signal: endSignal(),
        },
        say,
      );
    });
}
