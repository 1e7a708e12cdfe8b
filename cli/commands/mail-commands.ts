import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { makeDkimKey } from '#channels/email/dkim-key.ts';
import { isMailDomain, isSelector } from '#channels/email/mail-domain.ts';
import { dkimName } from '#domain/mail/find-dkim.ts';
import { KairosApi } from './ask-kairos.ts';
import { examples, JSON_FLAG, type CommandContext, type JsonOption } from './command-context.ts';
import { CommandError, EXIT } from './command-error.ts';
import {
  addInstallationOptions,
  findInstallation,
  type InstallationOptions,
} from './find-installation.ts';

/** Longest piece of a TXT record in a zone file, in characters (RFC 1035). */
const PIECE_MAX = 255;

const Checked = z.object({
  from: z.string(),
  isSandbox: z.boolean(),
  findings: z.array(
    z.object({
      check: z.string(),
      status: z.string(),
      found: z.array(z.string()),
      put: z.object({ type: z.string(), name: z.string(), value: z.string() }).nullable(),
      why: z.string(),
    }),
  ),
});
type Checked = z.infer<typeof Checked>;

/** `kairos mail check | key`: what DNS must hold so that the shop's mail arrives. */
export function addMail(program: Command, context: CommandContext): void {
  const mail = program
    .command('mail')
    .helpCommand(false)
    .summary('what DNS must hold so that mail arrives; a key to sign it with')
    .description(
      'check asks a running Kairos what DNS holds for the sender of its mail and what it should hold; key makes a key to sign mail with.',
    );
  addCheck(mail, context);
  addKey(mail, context);
}

function addCheck(mail: Command, context: CommandContext): void {
  const command = mail
    .command('check')
    .summary('what DNS holds for the sender of mail, and what it should hold')
    .description(
      'Shows SPF, DKIM, DMARC, alignment, MX and the return path of the sender as DNS has them now, and what is to be put there. Ends with 1 while something is at fault.',
    );
  addInstallationOptions(command)
    .option(...JSON_FLAG)
    .addHelpText('after', examples('npx kairos mail check', 'npx kairos mail check --json'))
    .action(async ({ json, ...options }: InstallationOptions & JsonOption) => {
      const api = new KairosApi(await findInstallation(options, context));
      const checked = await api.ask('/v1/settings/mail', { reply: Checked });
      if (checked === null) {
        throw new CommandError('This Kairos is of a version that cannot look.', EXIT.unreachable);
      }
      for (const line of json === true ? [JSON.stringify(checked, null, 2)] : linesOf(checked)) {
        context.say(line);
      }
      if (checked.findings.some(({ status }) => status === 'fault')) {
        throw new CommandError('', EXIT.badNews);
      }
    });
}

function linesOf({ from, isSandbox, findings }: Checked): string[] {
  return [
    `Mail from ${from}, as DNS has it now`,
    ...(isSandbox ? ['(its provider is the sandbox: nothing of this goes anywhere)'] : []),
    ...findings.flatMap(({ check, status, found, put, why }) => [
      '',
      `${status === 'ok' ? 'ok' : status.toUpperCase()}  ${check}`,
      ...found.map((one) => `  found  ${one}`),
      ...(put === null ? [] : [`  put    ${put.type}  ${put.name}`, `         ${put.value}`]),
      `  ${why}`,
    ]),
  ];
}

interface KeyOptions {
  domain: string;
  selector: string;
  out?: string;
}

function addKey(mail: Command, context: CommandContext): void {
  mail
    .command('key')
    .summary('make a key to sign mail with, and say what to put into DNS')
    .description(
      'Makes an RSA key of 2048 bits for DKIM, keeps it in a new file that only you can read, and says what to put into DNS and what to tell Kairos. A new key needs a new selector; the old record stays until the last mail signed with it was read, some weeks.',
    )
    .requiredOption('--domain <DOMAIN>', 'the domain of the sender of mail')
    .option('--selector <NAME>', 'the name that the key stands under in DNS', 'k1')
    .option('--out <FILE>', 'where the key is kept (default: dkim-SELECTOR.pem)')
    .addHelpText(
      'after',
      examples(
        'npx kairos mail key --domain shop.example',
        'npx kairos mail key --domain shop.example --selector k2',
      ),
    )
    .action(async (options: KeyOptions) => {
      for (const line of await keepKey(options, context.cwd)) context.say(line);
    });
}

async function keepKey(options: KeyOptions, cwd: string): Promise<string[]> {
  const domain = options.domain.toLowerCase();
  const selector = options.selector.toLowerCase();
  if (!isMailDomain(domain)) {
    throw new CommandError('--domain must be a domain such as shop.example.', EXIT.usage);
  }
  if (!isSelector(selector)) {
    throw new CommandError('--selector must be a name such as k1.', EXIT.usage);
  }
  const file = path.resolve(cwd, options.out ?? `dkim-${selector}.pem`);
  const { pem, record } = makeDkimKey();
  // Another key may be in use under this name: it is never written over.
  await writeFile(file, pem, { mode: 0o600, flag: 'wx' }).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const isThere = code === 'EEXIST' ? 'There is a file of this name already' : code;
    throw new CommandError(`${file} cannot be written: ${isThere}.`, EXIT.usage);
  });
  const name = dkimName(selector, domain);
  return [
    `The private key stands in ${file}.`,
    '',
    `Put this into the DNS of ${domain}:`,
    `  type   TXT`,
    `  name   ${name}`,
    `  value  ${record}`,
    '',
    'The same as a line of a zone file:',
    `  ${name}. IN TXT ( ${piecesOf(record).join(' ')} )`,
    '',
    'Once it can be seen there, tell the API and the worker, and start them again:',
    `  MAIL_DKIM_SELECTOR=${selector}`,
    `  MAIL_DKIM_KEY_FILE=${file}`,
  ];
}

function piecesOf(record: string): string[] {
  return record.match(new RegExp(`.{1,${String(PIECE_MAX)}}`, 'g'))?.map((one) => `"${one}"`) ?? [];
}
