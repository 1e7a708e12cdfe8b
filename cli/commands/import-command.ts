import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import { parse as parseYaml } from 'yaml';
import { EMAIL_FORMS } from '#domain/import/email-hash.ts';
import { IMPORT_KINDS } from '#domain/import/import-map.ts';
import {
  AUDIENCE_MODES,
  FORMATS,
  MISSING,
  type Audience,
  type Format,
  type Missing,
} from '#imports/import-document.ts';
import { KairosApi } from './ask-kairos.ts';
import { examples, JSON_FLAG, type CommandContext, type JsonOption } from './command-context.ts';
import { CommandError, EXIT } from './command-error.ts';
import {
  addInstallationOptions,
  findInstallation,
  type InstallationOptions,
  type Place,
} from './find-installation.ts';
import { isBad, percent, progressLine, Report, reportLines } from './import-report.ts';
import { problemText } from './problem-text.ts';
import { uploadFile, type Upload } from './upload-file.ts';

const LOOK_EVERY_MS = 500;
/** Between lines of progress, in ms. */
const TELL_EVERY_MS = 3_000;
/** A restart of Kairos is waited for this long: the import goes on by itself. */
const UNREACHABLE_MAX_MS = 120_000;
/** Node takes headers of 16 KB altogether. */
const MAP_LENGTH_MAX = 12_000;

const TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  tsv: 'text/csv',
  txt: 'text/csv',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
  xml: 'application/xml',
};

interface ImportOptions extends InstallationOptions, JsonOption {
  as: (typeof IMPORT_KINDS)[number];
  map?: string;
  dryRun?: boolean;
  charset?: string;
  format?: Format;
  missing?: Missing;
  segment?: string;
  mode?: Audience['mode'];
  emails?: Audience['emails'];
}

/** `kairos import`: a file, or what a URL leads to, into a running Kairos. */
export function addImport(program: Command, context: CommandContext): void {
  const command = program
    .command('import')
    .argument(
      '<FILE>',
      'a file (.csv, .ndjson, .parquet, .xml, each also .gz), or its https:// address',
    )
    .summary('bring a file of customers, events, orders, products, consents or an audience in')
    .description(
      'Brings a file into a running Kairos. A file that is broken anywhere changes nothing; rows that cannot be taken are named. Orders, and rows that say when they happened, are taken once however often they come; a row of customers or consents without a date counts as said at the time of each import.',
    )
    .addOption(
      new Option('--as <KIND>', 'what the rows are').choices(IMPORT_KINDS).makeOptionMandatory(),
    )
    .option('--map <MAP>', 'YAML file that says which column means what (docs/imports.md)')
    .option('--dry-run', 'say what each column becomes and what would happen, and change nothing')
    .addOption(
      new Option('--format <FORMAT>', 'what the file is; by default its ending says it').choices(
        FORMATS,
      ),
    )
    .addOption(
      new Option(
        '--missing <WHAT>',
        'what becomes of products that the file does not name',
      ).choices(MISSING),
    )
    .option('--segment <KEY>', 'key of the list that an audience is for; made where there is none')
    .addOption(
      new Option('--mode <MODE>', 'add the audience to the list, or make it the list').choices(
        AUDIENCE_MODES,
      ),
    )
    .addOption(
      new Option(
        '--emails <FORM>',
        'of the e-mails before they were hashed: google has no dots before @gmail.com',
      ).choices(EMAIL_FORMS),
    )
    .option('--charset <NAME>', 'of a text that is not UTF-8, such as windows-1251');
  addInstallationOptions(command)
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      examples(
        'npx kairos import customers.csv --as profiles --dry-run',
        'npx kairos import orders.parquet --as orders --map orders.yaml',
        'npx kairos import skiers.csv --as audience --segment skiers --mode replace',
        'npx kairos import https://shop.example/feed.xml --as products --format google-merchant',
      ),
    )
    .action(async (file: string, options: ImportOptions) => {
      checkOptions(options);
      const place = await findInstallation(options, context);
      const say = options.json === true ? () => undefined : context.say;
      const started = await start(place, file, options, { ...context, say });
      const ended = await follow(new KairosApi(place), started, say);
      if (options.json === true) context.say(JSON.stringify(ended, null, 2));
      else for (const line of reportLines(ended)) say(line);
      if (isBad(ended)) throw new CommandError('', EXIT.badNews);
    });
}

async function start(
  place: Place,
  file: string,
  options: ImportOptions,
  { cwd, say }: Pick<CommandContext, 'cwd' | 'say'>,
): Promise<Report> {
  const { map, charset, format } = options;
  const query = queryOf(options);
  const route = `/v1/imports?${query.toString()}`;
  const mapHeader = map === undefined ? {} : { 'x-kairos-map': readMap(path.resolve(cwd, map)) };
  const upload: Upload = /^https?:\/\//.test(file)
    ? {
        route,
        headers: { 'content-type': 'application/json', ...mapHeader },
        body: { text: JSON.stringify({ url: file }) },
      }
    : {
        route,
        headers: { 'content-type': typeOf(file, { charset, format }), ...mapHeader },
        body: { file: knownFile(path.resolve(cwd, file)) },
        onSent: tellSent(path.resolve(cwd, file), say),
      };
  const { status, body } = await uploadFile(place, upload);
  const report = Report.safeParse(body);
  if (status === 202 && report.success) return report.data;
  throw refusal(status, body);
}

/** What needs no file to be seen is told before one is sent. @throws CommandError */
function checkOptions({ as, segment, mode, emails, missing }: ImportOptions): void {
  const refuse = (detail: string): never => {
    throw new CommandError(detail, EXIT.usage);
  };
  if (as === 'audience' && segment === undefined) {
    refuse('Say which list the audience is for: --segment KEY, the key of a static segment.');
  }
  if (as !== 'audience' && (segment ?? mode ?? emails) !== undefined) {
    refuse('--segment, --mode and --emails are of an audience only: say --as audience.');
  }
  if (missing === 'archive' && as !== 'products') {
    refuse('Only products that are missing can be archived: --missing needs --as products.');
  }
}

function queryOf(options: ImportOptions): URLSearchParams {
  const { as, dryRun, format, missing, segment, mode, emails } = options;
  const query = new URLSearchParams({ as });
  if (dryRun === true) query.set('dryRun', 'true');
  for (const [name, value] of Object.entries({ format, missing, segment, mode, emails })) {
    if (value !== undefined) query.set(name, value);
  }
  return query;
}

function refusal(status: number, body: unknown): CommandError {
  const problem = problemText(body);
  if (problem === null) {
    const told = `What answers is not a Kairos that this command understands (${String(status)}).`;
    return new CommandError(told, EXIT.unreachable);
  }
  const isOurs = status === 401 || status === 403 || status >= 500;
  return new CommandError(problem, isOurs ? EXIT.unreachable : EXIT.usage);
}

function knownFile(file: string): string {
  if (existsSync(file) && statSync(file).isFile()) return file;
  throw new CommandError('There is no such file.', EXIT.usage);
}

function readMap(file: string): string {
  let map: unknown;
  try {
    map = parseYaml(readFileSync(knownFile(file), 'utf8'), { schema: 'core' });
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError('The map is no YAML.', EXIT.usage);
  }
  const header = encodeURIComponent(JSON.stringify(map));
  if (header.length <= MAP_LENGTH_MAX) return header;
  throw new CommandError(
    'The map is too long; leave out what the columns’ own names say.',
    EXIT.usage,
  );
}

function typeOf(
  file: string,
  { charset, format }: Record<'charset' | 'format', string | undefined>,
): string {
  const ending = file.toLowerCase().replace(/\.gz$/, '').split('.').at(-1) ?? '';
  const type = TYPES[ending] ?? (format === undefined ? undefined : 'application/octet-stream');
  if (type === undefined) {
    const known = Object.keys(TYPES).join(', .');
    throw new CommandError(`The file’s ending must say what it is: .${known}.`, EXIT.usage);
  }
  return charset === undefined ? type : `${type}; charset=${charset}`;
}

function tellSent(file: string, say: (line: string) => void): (bytes: number) => void {
  const size = existsSync(file) ? statSync(file).size : 0;
  const begunAt = Date.now();
  let toldAt = begunAt;
  return (bytes) => {
    // Of a file that is there at once, and may be refused at once, there is nothing to tell; and a
    // second key may send it a second time.
    if (Date.now() - toldAt < TELL_EVERY_MS && (bytes < size || toldAt === begunAt)) return;
    toldAt = Date.now();
    say(bytes < size ? `Sent ${percent(bytes / size)} of the file.` : 'Sent. Looking through it.');
  };
}

/** Asks how far it is until it has ended; a Kairos that restarts meanwhile is waited for. */
async function follow(
  api: KairosApi,
  started: Report,
  say: (line: string) => void,
): Promise<Report> {
  let toldAt = Date.now();
  let heardAt = toldAt;
  for (let report = started; ;) {
    if (report.status !== 'running') return report;
    if (Date.now() - toldAt >= TELL_EVERY_MS) {
      toldAt = Date.now();
      say(progressLine(report));
    }
    await sleep(LOOK_EVERY_MS);
    try {
      report = (await api.ask(`/v1/imports/${report.id}`, { reply: Report })) ?? report;
      heardAt = Date.now();
    } catch (error) {
      if (Date.now() - heardAt > UNREACHABLE_MAX_MS) throw error;
    }
  }
}
