/** The keys of the configuration (platform/config.ts), those that count beside them included. */
export interface KeySettings {
  KAIROS_WRITE_KEY: string;
  KAIROS_WRITE_KEY_PREVIOUS: readonly string[];
  KAIROS_ADMIN_KEY: string;
  KAIROS_ADMIN_KEY_PREVIOUS: readonly string[];
  KAIROS_BROWSER_KEY?: string | undefined;
  KAIROS_BROWSER_KEY_PREVIOUS: readonly string[];
  KAIROS_METRICS_KEY?: string | undefined;
  KAIROS_LINK_SECRET?: string | undefined;
  KAIROS_LINK_SECRET_PREVIOUS: readonly string[];
}

/** Variables of one kind hold keys that may do the same. */
const KINDS = [
  ['KAIROS_WRITE_KEY', 'KAIROS_WRITE_KEY_PREVIOUS'],
  ['KAIROS_ADMIN_KEY', 'KAIROS_ADMIN_KEY_PREVIOUS'],
  ['KAIROS_BROWSER_KEY', 'KAIROS_BROWSER_KEY_PREVIOUS'],
  ['KAIROS_METRICS_KEY'],
  ['KAIROS_LINK_SECRET', 'KAIROS_LINK_SECRET_PREVIOUS'],
] as const;
type Variable = (typeof KINDS)[number][number];

interface Given {
  variable: Variable;
  kind: Variable;
  value: string;
}

interface KeyFault {
  variable: Variable;
  sentence: string;
}

/** Even 20 random hexadecimal digits practically always have more different ones. */
const KEY_VARIETY_MIN = 8;

/** Words of examples and of haste. Five letters or more: no random key holds one by chance. */
const KEY_WORDS =
  /example|change|secret|password|default|sample|insecure|kairos|admin|write|browser|metrics|12345|abcde/i;

const ADVICE = 'Make each of its own with `openssl rand -hex 24`.';

/**
 * Keys that can be guessed, that are the same as one of another kind, or that are missing: one
 * sentence for each variable and fault, none of which quotes a key.
 */
export function keyFaults(settings: KeySettings): KeyFault[] {
  const given = KINDS.flatMap((kind) => kind.flatMap((variable) => givenIn(settings, variable)));
  const weak = given.filter(({ value }) => isWeak(value));
  const same = given.filter((one, place) =>
    given.slice(0, place).some((other) => other.value === one.value && !maySame(one, other)),
  );
  return [
    ...variablesOf(weak).map((variable) => ({
      variable,
      sentence: `${variable} can be guessed. ${ADVICE}`,
    })),
    ...variablesOf(same).map((variable) => ({
      variable,
      sentence: `${variable} is the same as another key, so who has one may do what the other may. ${ADVICE}`,
    })),
    ...(settings.KAIROS_LINK_SECRET === undefined ? [LINK_SECRET_MISSING] : []),
  ];
}

/** Signed by the admin key they would stop at its next change, or keep a key in force that is known. */
const LINK_SECRET_MISSING: KeyFault = {
  variable: 'KAIROS_LINK_SECRET',
  sentence:
    'KAIROS_LINK_SECRET is missing: the admin key would sign the unsubscribe links of mails, and these would stop when it is changed. Give `openssl rand -hex 24`, and where mails went out without it, the admin key of that time as KAIROS_LINK_SECRET_PREVIOUS.',
};

function givenIn(settings: KeySettings, variable: Variable): Given[] {
  const kind = KINDS.find((variables) => variables.some((one) => one === variable))?.[0];
  const found = settings[variable] ?? [];
  const values = typeof found === 'string' ? [found] : found;
  return values.map((value) => ({ variable, kind: kind ?? variable, value }));
}

/** Keys of one kind may be the same, and a link's old secret may be an admin key, which once signed links. */
function maySame(one: Given, other: Given): boolean {
  return (
    one.kind === other.kind ||
    (one.variable === 'KAIROS_LINK_SECRET_PREVIOUS' && other.kind === 'KAIROS_ADMIN_KEY')
  );
}

function variablesOf(found: readonly Given[]): Variable[] {
  return [...new Set(found.map(({ variable }) => variable))];
}

function isWeak(key: string): boolean {
  const repeats = /^(.{1,10})\1+$/.test(key);
  return repeats || new Set(key).size < KEY_VARIETY_MIN || KEY_WORDS.test(key);
}
