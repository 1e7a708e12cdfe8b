import { createHash } from 'node:crypto';
import type { Household } from './cut.ts';
import { EMAIL_DOMAINS, FIRST_NAMES, type Home, HOMES } from './homes.ts';

/**
 * What the source does not tell of a household and a journey needs: all of it made up by us, the
 * same at every run, and at addresses where nobody can be reached.
 */
export interface Person {
  userId: string;
  firstName: string;
  /** BCP 47. */
  language: 'en' | 'ru';
  /** IANA. */
  zone: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  email: string | null;
  /** E.164. */
  phone: string | null;
  deviceToken: string | null;
  deviceType: 'ios' | 'android';
  /** `YYYY-MM-DD`, or `--MM-DD` where nobody knows the age; null for those who never told. */
  birthday: string | null;
  /** Channel -> what was said; a channel that is not here was never spoken of. */
  consents: Record<string, boolean>;
}

/** Of a hundred households, how many have told these. */
const HAVE_EMAIL = 93;
const HAVE_PHONE = 55;
const HAVE_DEVICE = 55;
const TOLD_BIRTHDAY = 85;

/** Of a hundred households, how many agreed and how many refused; the others were never asked. */
const CONSENTS = {
  email: { granted: 55, denied: 12 },
  sms: { granted: 35, denied: 20 },
  push: { granted: 40, denied: 15 },
} as const;

/**
 * Multiples of the golden section lie evenly on a circle however many there are (Knuth, The Art of
 * Computer Programming 3, 6.4): so do the birthdays in the year.
 */
const GOLDEN_SECTION = 0.618_033_988_749_894_9;
/** Days of a year that is no leap year: nobody here is born on 29 February. */
const YEAR_DAYS = 365;
/** A year without a 29 February, to count its days in. */
const PLAIN_YEAR = 2017;
const DAY_MS = 86_400_000;

/** The age bands of the source, as youngest and oldest. */
const AGES: Readonly<Record<string, readonly [number, number]>> = {
  '19-24': [19, 24],
  '25-34': [25, 34],
  '35-44': [35, 44],
  '45-54': [45, 54],
  '55-64': [55, 64],
  '65+': [65, 84],
};

/** The people behind the households, in their order. `year` is the one in which their ages hold. */
export function derivePeople(households: readonly Household[], year: number): Person[] {
  const directory = new Directory();
  let birthdays = 0;
  return households.map((household) => {
    const home = homeOf(household.id);
    const language = part(household.id, 'language') * 100 < home.russian ? 'ru' : 'en';
    const [firstName, latinName] = pick(FIRST_NAMES[language], part(household.id, 'name'));
    const tells = (what: string, ofHundred: number): boolean =>
      part(household.id, what) * 100 < ofHundred;
    const domain = pick(EMAIL_DOMAINS, part(household.id, 'domain'));
    const hasBirthday = tells('birthday', TOLD_BIRTHDAY);
    const userId = `household-${String(household.id)}`;
    return {
      userId,
      firstName,
      language,
      zone: home.zone,
      country: home.country,
      email: tells('email', HAVE_EMAIL) ? `${latinName}.${String(household.id)}@${domain}` : null,
      phone: tells('phone', HAVE_PHONE) ? directory.next(home) : null,
      deviceToken: tells('device', HAVE_DEVICE) ? `demo-phone-of-${userId}` : null,
      deviceType: tells('kind of device', 50) ? 'ios' : 'android',
      birthday: hasBirthday ? birthdayOf(household, birthdays++, year) : null,
      consents: consentsOf(household.id),
    };
  });
}

/** A number in [0, 1) that is always the same for one household and one question. */
export function part(householdId: number, question: string): number {
  const hash = createHash('sha256')
    .update(`${String(householdId)} ${question}`)
    .digest();
  return hash.readUInt32BE(0) / 2 ** 32;
}

function pick<T>(from: readonly T[], at: number): T {
  const found = from[Math.floor(at * from.length)];
  if (found === undefined) throw new Error('There is nothing to pick from.');
  return found;
}

function homeOf(householdId: number): Home {
  let left = part(householdId, 'home') * HOMES.reduce((sum, { share }) => sum + share, 0);
  for (const home of HOMES) {
    if (left < home.share) return home;
    left -= home.share;
  }
  return pick(HOMES, 0);
}

/** Gives out the numbers of fiction one by one, none twice. */
class Directory {
  readonly #given = new Map<string, number>();

  /** The next free number of a place; null where it has none, or none left. */
  next({ phones }: Home): string | null {
    for (const { prefix, from, to, digits } of phones) {
      const number = this.#given.get(prefix) ?? from;
      if (number > to) continue;
      this.#given.set(prefix, number + 1);
      return `${prefix}${String(number).padStart(digits, '0')}`;
    }
    return null;
  }
}

/** The n-th birthday told: spread so that every few days of the year one comes up. */
function birthdayOf({ id, demographics }: Household, nth: number, year: number): string {
  const dayOfYear = Math.floor(((nth * GOLDEN_SECTION) % 1) * YEAR_DAYS);
  const monthDay = new Date(Date.UTC(PLAIN_YEAR, 0, 1) + dayOfYear * DAY_MS)
    .toISOString()
    .slice(5, 10);
  const ages = AGES[demographics?.age ?? ''];
  if (ages === undefined) return `--${monthDay}`;
  const [youngest, oldest] = ages;
  const age = youngest + Math.floor(part(id, 'age') * (oldest - youngest + 1));
  return `${String(year - age)}-${monthDay}`;
}

function consentsOf(householdId: number): Record<string, boolean> {
  const said: Record<string, boolean> = {};
  for (const [channel, { granted, denied }] of Object.entries(CONSENTS)) {
    const at = part(householdId, `consent to ${channel}`) * 100;
    if (at < granted) said[channel] = true;
    else if (at < granted + denied) said[channel] = false;
  }
  return said;
}
