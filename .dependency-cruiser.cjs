/** The import directions of the product, as docs/architecture.md draws them. Tests may import anything. */
const TEST = '(\\.(test|example)\\.ts$|^test/)';
const NOUNS =
  'profiles|segments|merges|products|vouchers|reconciles|erasures|imports|sources|campaigns|sends|exports|webhooks|events|journeys|messages|tasks|templates|channels';

/** A rule that `from` (a folder or several) imports nothing of ours but `to`. */
function only(from, to) {
  return {
    name: `${from.split('|')[0]}-imports-only`,
    severity: 'error',
    comment: `${from} may import: ${to}`,
    from: { path: `^(${from})/`, pathNot: TEST },
    to: { pathNot: [`^(${to})(/|$)`, '^node_modules/'], dependencyTypesNot: ['core'] },
  };
}

/** A rule that packages matching `what` are imported only from files matching `where`. */
function vendor(name, what, where) {
  return {
    name,
    severity: 'error',
    comment: 'types of it are welcome everywhere',
    from: { pathNot: [where, TEST] },
    to: { path: `node_modules/(${what})(/|$)`, dependencyTypesNot: ['type-only'] },
  };
}

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'not-resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment: 'domain/ has no clock, no randomness and no I/O: three packages and itself',
      from: { path: '^domain/', pathNot: TEST },
      to: { pathNot: ['^domain/', 'node_modules/(zod|temporal-polyfill|re2js)/'] },
    },
    only('platform', 'platform|domain'),
    ...NOUNS.split('|').map((noun) => only(noun, `${noun}|platform|domain`)),
    only('activities', `activities|${NOUNS}|workflows/contract\\.ts|platform|domain`),
    only('workflows', 'workflows|domain|activities'),
    {
      name: 'workflows-know-activities-as-types',
      severity: 'error',
      from: { path: '^workflows/', pathNot: TEST },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'workflows-have-no-node',
      severity: 'error',
      comment: 'workflow code runs in a sandbox and is replayed',
      from: { path: '^workflows/', pathNot: TEST },
      to: { dependencyTypes: ['core'] },
    },
    only('worker', `worker|workflows|activities|${NOUNS}|library|platform|domain`),
    only('api', `api|${NOUNS}|workflows/contract\\.ts|library|platform|domain`),
    only(
      'cli',
      `cli|${NOUNS}|workflows/contract\\.ts|worker/bundles\\.ts|library|sandbox/accounts\\.ts|platform|domain`,
    ),
    only('sandbox', 'sandbox|platform|domain'),
    only('library', 'library|domain'),
    only('sdk', 'sdk|domain'),
    only('chaos', 'chaos|domain|cli/wait-until\\.ts|cli/embedded/ports\\.ts'),
    vendor(
      'vendors-in-channels',
      'twilio|@sendgrid/[^/]+|nodemailer|google-auth-library|web-push',
      '^(channels/|sources/google-token\\.ts$)',
    ),
    vendor('vendors-in-sources', 'pg|@google-cloud/[^/]+', '^sources/read-[^/]+\\.ts$'),
    vendor(
      'mongodb-in-stores',
      'mongodb',
      '^(platform/|cli/embedded/mongod\\.ts$|sources/read-mongodb\\.ts$)|-store\\.ts$',
    ),
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      comment: 'the bench measures what the tests run: processes of a whole Kairos',
      from: { pathNot: [TEST, '^bench/'] },
      to: { path: TEST },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(\\.data|dist|coverage)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
