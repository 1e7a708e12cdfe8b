import { InvalidArgumentError, Option, type Command } from 'commander';
import { z } from 'zod';
import { RUN_STATUSES } from '#domain/journey/run.ts';
import { KairosApi } from './ask-kairos.ts';
import { examples, JSON_FLAG, type CommandContext, type JsonOption } from './command-context.ts';
import { CommandError } from './command-error.ts';
import {
  addInstallationOptions,
  findInstallation,
  type InstallationOptions,
} from './find-installation.ts';
import { shortInstant, table } from './table.ts';

/** A screenful. */
const LIMIT_DEFAULT = 20;

/** The API's own bound of a page. */
const LIMIT_MAX = 1_000;

const Run = z.looseObject({
  id: z.string(),
  journey: z.string(),
  version: z.number(),
  status: z.string(),
  outcome: z.string().nullable(),
  enteredAt: z.string(),
  path: z.array(z.object({ step: z.string(), outcome: z.string() })),
});
const Runs = z.object({ data: z.array(Run), next: z.string().nullable() });

const Journey = z.object({ key: z.string() });

const Customer = z.object({ profile: z.object({ id: z.string() }) });

interface RunsOptions extends InstallationOptions, JsonOption {
  profile?: string;
  journey?: string;
  status?: string;
  limit: number;
}

/** `kairos runs`: the newest runs, of everybody or of one customer or journey. */
export function addRuns(program: Command, context: CommandContext): void {
  const command = program
    .command('runs')
    .summary('list runs, newest first')
    .description('Lists the passages of customers through journeys, newest first. Times are UTC.')
    .option(
      '--profile <IDENTITY>',
      "of one customer: an e-mail address, a phone number, external:42, or the profile's id",
    )
    .option('--journey <KEY>', 'of one journey')
    .addOption(new Option('--status <STATUS>', 'in one status').choices(RUN_STATUSES));
  addInstallationOptions(
    command.option(
      '--limit <N>',
      `how many, 1 to ${String(LIMIT_MAX)}`,
      limitUpTo(LIMIT_MAX),
      LIMIT_DEFAULT,
    ),
  )
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      examples(
        'npx kairos runs',
        'npx kairos runs --journey abandoned-cart --status running --limit 5',
        'npx kairos runs --profile anna@shop.example --json',
      ),
    )
    .action(async (options: RunsOptions) => {
      const api = new KairosApi(await findInstallation(options, context));
      await showRuns(api, options, context.say);
    });
}

async function showRuns(
  api: KairosApi,
  { profile, journey, status, limit, json }: RunsOptions,
  say: CommandContext['say'],
): Promise<void> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (profile !== undefined) query.set('profile', await profileId(api, profile));
  if (journey !== undefined) query.set('journey', journey);
  if (status !== undefined) query.set('status', status);
  const found = await api.ask(`/v1/runs?${query.toString()}`, { reply: Runs });
  const { data, next } = found ?? { data: [], next: null };
  if (data.length === 0 && journey !== undefined) await assertJourney(api, journey);
  if (json === true) {
    say(JSON.stringify(data, null, 2));
    return;
  }
  if (data.length === 0) {
    say('No runs.');
    return;
  }
  const head = ['RUN', 'ENTERED (UTC)', 'JOURNEY', 'STATUS', 'HOW FAR'];
  for (const line of table([head, ...data.map(rowOf)])) say(line);
  if (next !== null) say(`There are more than these ${String(limit)}: raise --limit.`);
}

/** A mistyped key is said to be one, where a list that is empty would read as an answer. */
async function assertJourney(api: KairosApi, key: string): Promise<void> {
  const journey = await api.ask(`/v1/journeys/${encodeURIComponent(key)}`, { reply: Journey });
  if (journey === null) throw new CommandError(`There is no journey \`${key}\`.`);
}

function rowOf({
  id,
  enteredAt,
  journey,
  version,
  status,
  outcome,
  path,
}: z.infer<typeof Run>): string[] {
  const last = path.at(-1);
  const passed = last === undefined ? 'at its first step' : `${last.step}: ${last.outcome}`;
  const far = status === 'running' ? passed : (outcome ?? passed);
  return [id, shortInstant(enteredAt), `${journey} v${String(version)}`, status, far];
}

/** An address stands in a body, never in a URL that we make: URLs are logged on the way. */
async function profileId(api: KairosApi, identity: string): Promise<string> {
  const customer = await api.ask('/v1/support', { reply: Customer, body: { identity, limit: 1 } });
  if (customer === null) throw unknownCustomer();
  return customer.profile.id;
}

export function unknownCustomer(): CommandError {
  return new CommandError(
    'No customer is known by this. Write an e-mail address, a phone number with its country code ' +
      '(+44…), external:ID, anonymous:ID, or the id of a profile.',
  );
}

/** Reads `--limit`. */
export function limitUpTo(most: number): (text: string) => number {
  return (text) => {
    const limit = Number(text);
    if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${String(most)}.`);
  };
}
