import type { Command } from 'commander';
import { z } from 'zod';
import { KairosApi } from './ask-kairos.ts';
import { examples, JSON_FLAG, type CommandContext, type JsonOption } from './command-context.ts';
import { CommandError } from './command-error.ts';
import { Explanation, explanationLines } from './explanation.ts';
import {
  addInstallationOptions,
  findInstallation,
  type InstallationOptions,
} from './find-installation.ts';
import { limitUpTo, unknownCustomer } from './runs-command.ts';

/** The newest runs of a customer: what support is asked about. */
const LIMIT_DEFAULT = 5;

/** The API's own bound of this answer. */
const LIMIT_MAX = 100;

/** How an id of a run looks: see domain/journey/run-id.ts. */
const RUN_ID = /^[0-9a-hjkmnp-tv-z]{26}$/;

const RunOwner = z.object({ profileId: z.string() });

interface ExplainOptions extends InstallationOptions, JsonOption {
  journey?: string;
  limit: number;
}

/** `kairos explain-run`: from an address or a run's id to everything that happened. */
export function addExplainRun(program: Command, context: CommandContext): void {
  const command = program
    .command('explain-run')
    .argument(
      '<RUN_ID|IDENTITY>',
      "a run's id, or a customer: an e-mail address, a phone number, external:42, a profile's id",
    )
    .summary('tell what happened to a customer, step by step, and why')
    .description(
      'Tells of one run, or of the newest runs of one customer: why it began, each step and how it ended, each message with what became of it and why, what it waits for now and until when, and where it is in Temporal. Of a customer it also tells which journeys did not let them in, and why. Times are UTC.',
    )
    .option('--journey <KEY>', "only this journey's runs")
    .option(
      '--limit <N>',
      `runs of a customer, 1 to ${String(LIMIT_MAX)}`,
      limitUpTo(LIMIT_MAX),
      LIMIT_DEFAULT,
    );
  addInstallationOptions(command)
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      examples(
        'npx kairos explain-run anna@shop.example',
        'npx kairos explain-run external:42 --journey abandoned-cart --limit 1',
        'npx kairos explain-run m3v6yekxyq5jqf8mcdf28qg52g --json',
      ),
    )
    .action(async (whom: string, options: ExplainOptions) => {
      const api = new KairosApi(await findInstallation(options, context));
      const told = await explain(api, whom, options);
      if (options.json === true) context.say(JSON.stringify(told, null, 2));
      else for (const line of explanationLines(told, Date.now())) context.say(line);
    });
}

async function explain(
  api: KairosApi,
  whom: string,
  { journey, limit }: ExplainOptions,
): Promise<Explanation> {
  const owner = RUN_ID.test(whom) ? await api.ask(`/v1/runs/${whom}`, { reply: RunOwner }) : null;
  const narrowed = journey === undefined ? {} : { journey };
  const body =
    owner === null
      ? { identity: whom, limit, ...narrowed }
      : { identity: owner.profileId, limit: 1, run: whom };
  const told = await api.ask('/v1/support', { reply: Explanation, body });
  if (told !== null) return told;
  if (RUN_ID.test(whom)) throw new CommandError('There is no run with this id.');
  throw unknownCustomer();
}
