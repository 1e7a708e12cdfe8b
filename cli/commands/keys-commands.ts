import { Option, type Command } from 'commander';
import { examples, JSON_FLAG, type CommandContext, type JsonOption } from './command-context.ts';
import { dataDirOf } from './find-installation.ts';
import { table } from './table.ts';

interface FolderOption {
  dataDir?: string;
}

const DATA_DIR = [
  '--data-dir <DIR>',
  'data folder of the installation (KAIROS_DATA_DIR; default .data)',
] as const;

/** Kinds of keys that people change, as they are typed. */
const KINDS = ['write', 'admin', 'browser', 'link'] as const;
const ENDING_KINDS = ['write', 'admin', 'browser'] as const;

/** `kairos keys rotate | withdraw | list`: the keys of an installation on this machine. */
export function addKeys(program: Command, context: CommandContext): void {
  const keys = program
    .command('keys')
    .helpCommand(false)
    .summary('change the keys of an installation on this machine without an interruption')
    .description(
      'Changes keys in two steps: rotate makes a new one beside the old, withdraw ends the old when every program has the new. Both hold from the next start on. No key is ever shown.',
    );
  addRotate(keys, context);
  addWithdraw(keys, context);
  addList(keys, context);
}

function addRotate(keys: Command, context: CommandContext): void {
  keys
    .command('rotate')
    .summary('make a new key; the old one goes on counting')
    .description(
      'Makes a new key of a kind and keeps it in the keys file. The old one counts beside it until it is withdrawn.',
    )
    .addOption(
      new Option('--kind <KIND>', 'which: link signs the unsubscribe links of mails')
        .choices(KINDS)
        .makeOptionMandatory(),
    )
    .option(...DATA_DIR)
    .addHelpText('after', examples('npx kairos keys rotate --kind write'))
    .action(async ({ kind, dataDir }: FolderOption & { kind: (typeof KINDS)[number] }) => {
      const { rotateKey } = await import('../embedded/rotate-keys.ts');
      const file = await rotateKey(dataDirOf(dataDir, context), kind);
      context.say(`A new ${kind} key stands in ${file}. It counts from the next start on.`);
      context.say(
        kind === 'link'
          ? 'Links in mails already sent go on working.'
          : `The old one counts until: npx kairos keys withdraw --kind ${kind}`,
      );
    });
}

function addWithdraw(keys: Command, context: CommandContext): void {
  keys
    .command('withdraw')
    .summary('end the old keys of a kind')
    .description(
      'Ends the old keys of a kind: whoever still uses one is refused after the next start.',
    )
    .addOption(new Option('--kind <KIND>', 'which').choices(ENDING_KINDS).makeOptionMandatory())
    .option(...DATA_DIR)
    .addHelpText('after', examples('npx kairos keys withdraw --kind write'))
    .action(async ({ kind, dataDir }: FolderOption & { kind: (typeof ENDING_KINDS)[number] }) => {
      const { withdrawKeys } = await import('../embedded/rotate-keys.ts');
      await withdrawKeys(dataDirOf(dataDir, context), kind);
      context.say(`The old ${kind} keys are withdrawn; they are refused from the next start on.`);
    });
}

function addList(keys: Command, context: CommandContext): void {
  keys
    .command('list')
    .summary('which keys there are, without showing any')
    .description(
      'Lists the keys by the first 8 hexadecimal digits of their SHA-256, by which two can be told apart.',
    )
    .option(...DATA_DIR)
    .option(...JSON_FLAG)
    .addHelpText('after', examples('npx kairos keys list', 'npx kairos keys list --json'))
    .action(async ({ dataDir, json }: FolderOption & JsonOption) => {
      const { listKeys } = await import('../embedded/rotate-keys.ts');
      const listed = await listKeys(dataDirOf(dataDir, context));
      if (json === true) {
        context.say(JSON.stringify(listed, null, 2));
        return;
      }
      const rows = listed.map(({ kind, current, previous }) => [
        kind,
        current ?? 'none',
        previous.join(', ') || 'none',
      ]);
      for (const line of table([['KIND', 'IN FORCE', 'STILL COUNTING'], ...rows]))
        context.say(line);
    });
}
