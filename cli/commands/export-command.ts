import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Option, type Command } from 'commander';
import { EXPORT_FORMATS, EXPORT_TABLES, type ExportFormat } from '#domain/export/export.ts';
import { examples, type CommandContext } from './command-context.ts';
import { CommandError, EXIT } from './command-error.ts';
import { exportRefusal } from './export-what.ts';
import { problemText } from './problem-text.ts';
import {
  addInstallationOptions,
  findInstallation,
  type InstallationOptions,
  type Place,
} from './find-installation.ts';

interface ExportOptions extends InstallationOptions {
  format?: ExportFormat;
  since?: string;
  until?: string;
  bom?: boolean;
  keepFormulas?: boolean;
}

/** `kairos export`: a segment or a table of a running Kairos, as a file. */
export function addExport(program: Command, context: CommandContext): void {
  const command = program
    .command('export')
    .argument('<WHAT>', `segments/KEY, or one of ${EXPORT_TABLES.join(', ')}`)
    .argument('<FILE>', 'the file to make (.csv, .ndjson, .parquet)')
    .summary('take a segment or a table out as a file')
    .description(
      'Writes a segment or a table of a running Kairos into a file that can be imported again. A file that breaks off is not left behind.',
    )
    .addOption(
      new Option(
        '--format <FORMAT>',
        'what to write, where the file’s ending does not say it',
      ).choices(EXPORT_FORMATS),
    )
    .option('--since <INSTANT>', 'of events, orders, runs, messages: from this instant on')
    .option('--until <INSTANT>', 'of the same: before this instant')
    .option('--bom', 'CSV: begin with the mark by which Excel knows UTF-8')
    .option('--keep-formulas', 'CSV: leave texts that a spreadsheet would run as they are');
  addInstallationOptions(command)
    .addHelpText(
      'after',
      examples(
        'npx kairos export segments/vip vip.csv --bom',
        'npx kairos export orders orders.parquet --since 2026-11-01T00:00:00Z',
      ),
    )
    .action(async (what: string, file: string, options: ExportOptions) => {
      const refusal = exportRefusal(what);
      if (refusal !== null) throw new CommandError(refusal, EXIT.usage);
      const place = await findInstallation(options, context);
      const target = path.resolve(context.cwd, file);
      const answer = await ask(place, routeOf(what, file, options));
      const bytes = await save(answer, target, place.url);
      context.say(`${file}: ${bytes.toLocaleString('en')} bytes`);
      const next = answer.headers.get('kairos-next-since');
      if (next !== null) context.say(`Later ones: --since ${next}`);
    });
}

function routeOf(what: string, file: string, options: ExportOptions): string {
  const ending = path.extname(file).slice(1);
  const format = options.format ?? EXPORT_FORMATS.find((one) => one === ending);
  if (format === undefined) {
    const detail = `The ending of ${file} is none of ${EXPORT_FORMATS.join(', ')}: say --format.`;
    throw new CommandError(detail, EXIT.usage);
  }
  const query = new URLSearchParams({
    format,
    ...(options.since !== undefined && { since: options.since }),
    ...(options.until !== undefined && { until: options.until }),
    ...(options.bom === true && { bom: 'true' }),
    ...(options.keepFormulas === true && { formulas: 'keep' }),
  });
  const parts = what.split('/').map(encodeURIComponent).join('/');
  return `/v1/exports/${parts}?${query.toString()}`;
}

async function ask(place: Place, route: string): Promise<Response> {
  for (const key of place.keys) {
    const headers = { authorization: `Bearer ${key}` };
    const answer = await fetch(place.url + route, { headers }).catch(() => null);
    if (answer === null) {
      throw new CommandError(
        `Nothing answers at ${place.url}. Is Kairos running? Start it with: npx kairos up`,
        EXIT.unreachable,
      );
    }
    if (answer.status === 401 && key !== place.keys.at(-1)) continue;
    if (answer.ok) return answer;
    const why = problemText(await answer.json().catch(() => undefined)) ?? '';
    const code = answer.status >= 500 || answer.status === 401 ? EXIT.unreachable : EXIT.usage;
    throw new CommandError(`Kairos answered ${String(answer.status)}: ${why}`, code);
  }
  throw new CommandError(
    `No admin key is known for ${place.url}. Set KAIROS_ADMIN_KEY, or name the data folder (--data-dir).`,
    EXIT.unreachable,
  );
}

/** Under another name until it is whole; answers its bytes. */
async function save(answer: Response, target: string, url: string): Promise<number> {
  const part = `${target}.part`;
  try {
    await pipeline(partsOf(answer), createWriteStream(part));
  } catch (error) {
    await rm(part, { force: true });
    const isFile = typeof (error as { syscall?: unknown } | null)?.syscall === 'string';
    throw isFile
      ? new CommandError(`${target} cannot be written.`, EXIT.usage)
      : new CommandError(`The connection to ${url} broke off; no file was left.`, EXIT.unreachable);
  }
  await rename(part, target);
  return (await stat(target)).size;
}

async function* partsOf(answer: Response): AsyncGenerator<Uint8Array> {
  if (answer.body !== null) yield* answer.body;
}
