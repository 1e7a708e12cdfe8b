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
  const remote = hosts
    .split(',')
    .map((host) => host.replace(/:\d+$/, ''))
    .filter((host) => host !== '' && !isLoopback(host));
  const [host] = remote;
  if (host === undefined) return null;
  const options = new URLSearchParams(query);
  if (/^postgres(?:ql)?$/i.test(scheme)) {
    const isChecked = CHECKED.has(options.get('sslmode') ?? '');
    return isChecked ? null : { host, cure: 'Add sslmode=verify-full to its options.' };
  }
  if (/^mongodb(?:\+srv)?$/i.test(scheme)) {
    const said = options.get('tls') ?? options.get('ssl') ?? String(scheme.endsWith('+srv'));
    const isLax = [...options].some(
      ([key, word]) => /^tls(?:insecure|allowinvalid)/i.test(key) && word === 'true',
    );
    return said === 'true' && !isLax ? null : { host, cure: 'Add tls=true to its options.' };
  }
  return /^http$/i.test(scheme) ? { host, cure: 'Give its https address.' } : null;
}
