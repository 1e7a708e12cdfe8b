import { isLoopback } from './is-loopback.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** How a driver is told to check the certificate of PostgreSQL. */
const CHECKED = new Set(['require', 'verify-ca', 'verify-full']);

/** Connections of sources over which customers' data would cross a network in clear text. */
export function sourceFaults(env: Environment): { about: string[]; sentence: string }[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (!name.startsWith('KAIROS_SOURCE_') || !value) return [];
    const fault = faultOf(value);
    if (fault === null) return [];
    const { host, cure } = fault;
    const sentence = `${name} reaches ${host} without TLS, or without a check of its certificate: customers' data and the password would be open to whoever is between. ${cure}`;
    return [{ about: [host], sentence }];
  });
}

function faultOf(value: string): { host: string; cure: string } | null {
  const [, scheme = '', hosts = '', query = ''] =
    /^([a-z+]+):\/\/(?:[^/?@]*@)?([^/?]+)[^?]*(?:\?(.*))?$/i.exec(value) ?? [];
  const host = hosts
    .split(',')
    .map((one) => one.replace(/:\d+$/, ''))
    .find((one) => one !== '' && !isLoopback(one));
  const cure = CURES.find(({ of }) => of.test(scheme))?.cure(scheme, new URLSearchParams(query));
  return host === undefined || cure === undefined || cure === null ? null : { host, cure };
}

type Cure = (scheme: string, options: URLSearchParams) => string | null;

/** What makes a connection of a kind safe; null where it is. */
const CURES: readonly { of: RegExp; cure: Cure }[] = [
  { of: /^postgres(?:ql)?$/i, cure: (_, options) => cureOfPostgres(options) },
  { of: /^mongodb(?:\+srv)?$/i, cure: cureOfMongo },
  { of: /^http$/i, cure: () => 'Give its https address.' },
];

function cureOfPostgres(options: URLSearchParams): string | null {
  const isChecked = CHECKED.has(options.get('sslmode') ?? '');
  return isChecked ? null : 'Add sslmode=verify-full to its options.';
}

function cureOfMongo(scheme: string, options: URLSearchParams): string | null {
  const said = options.get('tls') ?? options.get('ssl') ?? String(scheme.endsWith('+srv'));
  const isLax = [...options].some(
    ([key, word]) => /^tls(?:insecure|allowinvalid)/i.test(key) && word === 'true',
  );
  return said === 'true' && !isLax ? null : 'Add tls=true to its options.';
}
