import { InvalidArgumentError, type Command } from 'commander';
import { examples, type CommandContext } from './command-context.ts';
import { dataDirOf } from './find-installation.ts';

interface UpWords {
  port: number;
  dataDir?: string;
  empty?: boolean;
}

/** `kairos up`: what `npm start` does, from any folder. */
export function addUp(program: Command, context: CommandContext): void {
  const port = readPort(context.env.KAIROS_PORT || '8080');
  program
    .command('up')
    .summary('start Kairos with everything it needs on this machine')
    .description(
      'Starts MongoDB, Temporal, a sandbox for the providers, the API and the worker, and says where to look. The same as npm start. Ctrl-C ends it; the next start on the same data folder goes on where this one was.',
    )
    .option('--port <N>', 'port of the API and the console (KAIROS_PORT)', readPort, port)
    .option(
      '--data-dir <DIR>',
      'where everything is kept between starts (KAIROS_DATA_DIR; default .data)',
    )
    .option('--empty', 'no demo shop in a new data folder')
    .addHelpText(
      'after',
      examples('npx kairos up', 'npx kairos up --port 9090 --data-dir ./shop-b --empty'),
    )
    .action(async ({ port: chosen, dataDir, empty = false }: UpWords) => {
      const { up } = await import('../up.ts');
      await up({ port: chosen, dataDir: dataDirOf(dataDir, context), empty });
    });
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a port number between 1 and 65535.');
}
