/**
 * The demo shop: the year of a retailer's households is brought in, while a dozen customers
 * who do not exist live through the library's journeys within a minute, told line by line. It is a
 * client like any other: HTTP, two keys and the sandbox. With `--no-story` only what an earlier
 * start has left of the year is brought in.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ImportMark } from './demo-shop/import-mark.ts';
import { ShopImport } from './demo-shop/import-shop.ts';
import { readCut } from './demo-shop/read-cut.ts';
import { sendCalls } from './demo-shop/send-batch.ts';
import { whatToSee } from './demo-shop/what-to-see.ts';
import { customersOf, type Customers } from './demo/cast.ts';
import {
  installLibrary,
  installSite,
  planBirthday,
  restoreBirthday,
} from './demo/install-library.ts';
import { DemoError, KairosClient } from './demo/kairos-client.ts';
import { rulesFor, scenes, type Scene, type Stage } from './demo/script.ts';
import { Story } from './demo/story.ts';

/** After this the demo ends, whatever is still to come; on an idle machine it takes about 55 s. */
const LONGEST_MS = 75_000;
/** Between two looks at what became of everybody. */
const LOOK_EVERY_MS = 400;
/** Nobody plays it more often on one data folder. */
const PERFORMANCES_MAX = 1_000;

const env = process.env;
const startedAt = Date.now();

const say = (line: string): void => {
  console.log(line);
};

function tell(line: string): void {
  const seconds = Math.floor((Date.now() - startedAt) / 1000);
  say(`  ${String(seconds).padStart(3)} s  ${line}`);
}

/** True only if every channel goes to the sandbox: nothing of a demo may reach a real provider. */
function staysHere(): boolean {
  const sandbox = env.KAIROS_SANDBOX_URL;
  const bases = [env.SENDGRID_BASE_URL, env.TWILIO_BASE_URL, env.FCM_BASE_URL];
  return Boolean(sandbox) && bases.every((base) => base === sandbox);
}

function needed(name: string): string {
  const value = env[name];
  if (value) return value;
  throw new DemoError(`${name} is not set: npm start runs the demo in a new data folder.`);
}

async function freshCustomers(
  client: KairosClient,
): Promise<{ customers: Customers; performance: number }> {
  for (let performance = 1; performance <= PERFORMANCES_MAX; performance += 1) {
    const customers = customersOf(performance);
    if ((await client.profile(customers.sofia.userId)) === null) return { customers, performance };
  }
  throw new DemoError('The demo has been played too often on this data folder.');
}

/** `from` is epoch ms: when the shop opened. */
async function play(list: readonly Scene[], from: number): Promise<void> {
  for (const scene of list) {
    await sleep(Math.max(0, from + scene.atSecond * 1000 - Date.now()));
    await scene.play();
  }
}

async function perform(): Promise<void> {
  const mark = env.KAIROS_DEMO_SHOP ? new ImportMark(env.KAIROS_DEMO_SHOP) : null;
  if (!staysHere()) {
    say('A channel has a real provider, so the demo is left out: its customers do not exist.');
    mark?.remove();
    return;
  }
  const url = needed('KAIROS_PUBLIC_URL');
  const keys = { admin: needed('KAIROS_ADMIN_KEY'), write: needed('KAIROS_WRITE_KEY') };
  const client = new KairosClient(url, keys);
  await installSite(client);
  const withStory = !process.argv.includes('--no-story');
  const stage = { isPlaying: false };
  const shop = mark?.isThere === true ? await openShop(client, mark, () => stage.isPlaying) : null;
  await shop?.bringAsleep();
  stage.isPlaying = withStory;
  const played = (withStory ? tellStory(client) : installLibrary(client, null)).finally(() => {
    stage.isPlaying = false;
  });
  const ends = await Promise.allSettled([played, shop?.bringAwake()]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  if (shop !== null) {
    const told = await whatToSee(client, shop, { folderOption: folderOption(), now: Date.now() });
    say(told.join('\n'));
  }
  sayWhereToLook(url);
}

/** What `npx kairos` has to be told of the data folder: nothing of the one it looks in by itself. */
function folderOption(): string {
  const folder = env.KAIROS_DATA_DIR;
  const usual = fileURLToPath(new URL('../.data', import.meta.url));
  return folder === undefined || folder === usual ? '' : ` --data-dir ${folder}`;
}

async function openShop(
  client: KairosClient,
  mark: ImportMark,
  isBeside: () => boolean,
): Promise<ShopImport> {
  const cut = await readCut();
  const batches = {
    url: needed('KAIROS_PUBLIC_URL'),
    writeKey: needed('KAIROS_WRITE_KEY'),
    sleep,
  };
  const isCutOff = mark.read() !== null;
  const { households, baskets } = cut.manifest.totals;
  say(
    isCutOff
      ? 'The demo shop was cut off in the middle: what is missing of its year comes in now.'
      : `The demo shop: a year of ${String(households)} households of a grocery retailer comes in, ` +
          `${baskets.toLocaleString('en-US')} orders, by the tracking API.`,
  );
  return new ShopImport(
    {
      client,
      mark,
      sleep,
      tell,
      isBeside,
      now: () => Date.now(),
      send: (calls) => sendCalls(batches, calls),
    },
    cut,
  );
}

async function tellStory(client: KairosClient): Promise<void> {
  const { customers, performance } = await freshCustomers(client);
  const birthday = planBirthday(
    Date.now(),
    customers.sofia.zone,
    Intl.supportedValuesOf('timeZone'),
  );
  say('A short story beside it: twelve customers who do not exist, and a minute of their lives.');
  const journeys = await installLibrary(client, birthday);
  await client.addRules(rulesFor(customers));
  tell(
    `${String(journeys)} journeys of the library are live, their templates in English and Russian.`,
  );
  if (!birthday.asWritten) {
    tell("The birthday journey writes at ten in the morning of each customer's own zone.");
    tell(`So as not to wait, for this minute it writes at ${birthday.at} in ${birthday.zone}.`);
  }
  tell('Carts live faster today: an hour passes in 12 seconds, for two of them in 2.');
  const stage: Stage = { client, customers, birthday, performance, now: () => Date.now() };
  const story = new Story(client, customers, tell);
  await live(stage, story);
  await restoreBirthday(client, birthday);
  await sayOfLucas(stage);
  sayOfTheRest(story, birthday.asWritten);
}

/** Plays the script and tells the story beside it; ends when all is told or the time is over. */
async function live(stage: Stage, story: Story): Promise<void> {
  const ending = new AbortController();
  const ends = setTimeout(() => {
    ending.abort();
  }, LONGEST_MS);
  const script = play(scenes(stage), Date.now());
  const telling = keepTelling(script, story, ending.signal);
  try {
    await Promise.all([script, telling]);
  } finally {
    clearTimeout(ends);
    ending.abort();
  }
}

async function keepTelling(
  script: Promise<void>,
  story: Story,
  signal: AbortSignal,
): Promise<void> {
  const stage = { isOver: false };
  const over = (): void => {
    stage.isOver = true;
  };
  script.then(over, over);
  while (!signal.aborted) {
    await story.look();
    if (stage.isOver && story.open.length === 0) return;
    await sleep(LOOK_EVERY_MS);
  }
}

async function sayOfLucas({ client, customers: { lucas } }: Stage): Promise<void> {
  const known = await client.profile(lucas.userId);
  if (known === null || (await client.runs(lucas.userId)).length > 0) return;
  tell(
    `${lucas.name}'s order came in before the cart it bought: no run was begun, nobody is reminded.`,
  );
}

function sayOfTheRest(story: Story, asWritten: boolean): void {
  const waiting = story.open.map(({ name }) => name);
  const link = story.runOf('sofia')?.temporal.url ?? null;
  const lines = [
    '',
    ...(waiting.length === 0
      ? ['The story is told.']
      : [`The minute is over; still on their way: ${waiting.join(', ')}.`]),
    ...(asWritten
      ? []
      : ['The birthday journey is back at ten in the morning: version 2, for all who come.']),
    ...(link === null ? [] : [`A run that waits: ${link}`]),
  ];
  say(lines.join('\n'));
}

function sayWhereToLook(url: string): void {
  const lines = [
    '',
    'Where to look now:',
    ...(env.KAIROS_TEMPORAL_UI ? [`  every run             ${env.KAIROS_TEMPORAL_UI}`] : []),
    `  what was sent         ${url}/sandbox/ (asks for the admin key)`,
    `  calls to try          ${url}/docs`,
    '',
  ];
  say(lines.join('\n'));
}

try {
  await perform();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(error instanceof DemoError ? `The demo broke off: ${error.message}` : error);
  process.exitCode = 1;
}
