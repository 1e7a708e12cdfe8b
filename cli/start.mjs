/** `npm start`: checks the command line and this machine, then hands over to up.ts in this process. */
import { nodeProblem, prepare } from './prepare.mjs';

const HELP = `npm start -- [options]

Starts Kairos with everything it needs on this machine and says where to look.

  --port N       port of the API and its documentation (KAIROS_PORT, default 8080)
  --data-dir D   where everything is kept between starts (KAIROS_DATA_DIR, default .data)
  --empty        no demo shop in a new data folder
  -h, --help     this text

Ctrl-C ends it; the next start on the same data folder goes on where this one was.`;

function fail(sentence) {
  console.error(sentence);
  console.error('`npm start -- --help` lists the options.');
  process.exit(2);
}

async function parse() {
  // Loaded late: a Node.js that is too old to have it is to read our sentence, not a stack.
  const { parseArgs } = await import('node:util');
  try {
    return parseArgs({
      options: {
        port: { type: 'string' },
        'data-dir': { type: 'string' },
        empty: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
      allowPositionals: false,
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message.split('\n')[0] : String(error));
  }
}

function portOf(text, source) {
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535) return Number(text);
  return fail(`${source} must be a port number between 1 and 65535, not "${text}".`);
}

const problem = nodeProblem(process.versions.node);
if (problem !== undefined) {
  console.error(problem);
  process.exit(1);
}
const values = await parse();
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const port =
  values.port === undefined
    ? portOf(process.env.KAIROS_PORT || '8080', 'KAIROS_PORT')
    : portOf(values.port, '--port');
const dataDir = values['data-dir'] ?? (process.env.KAIROS_DATA_DIR || '.data');
if (dataDir.trim() === '') fail('--data-dir must name a folder.');

await prepare();
const { register } = await import('tsx/esm/api');
register();
const { up } = await import('./up.ts');
await up({ port, dataDir, empty: values.empty });
