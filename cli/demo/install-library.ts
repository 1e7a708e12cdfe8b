import { readdir, readFile } from 'node:fs/promises';
import { Temporal } from 'temporal-polyfill';
import { nextLocalTime } from '#domain/time/local-time.ts';
import type { KairosClient } from './kairos-client.ts';

const LIBRARY = new URL('../../library/', import.meta.url);
/** What happens on the page /demo: journeys of its own, which nobody else enters. */
const SITE = new URL('site/', import.meta.url);

/** Codes that the page's form promises; with so few left its pool says so. */
const SITE_POOL = { key: 'demo-page-welcome', lowStock: 10 };
/** More people than fill in the form of a demo; a start later adds none to them. */
const SITE_CODES = Array.from({ length: 200 }, (_, index) => `MUG10-${String(1_000 + index)}`);

/** The journey that begins by the clock alone. */
const BIRTHDAY = 'birthday';
const LIBRARY_TIME = '10:00';

/** The soonest a birthday may come, in ms: the journey is published and Sofia known by then. */
const SOONEST_MS = 8_000;
/** The latest for a zone that has ten o'clock by itself; a full minute is never further away. */
const LATEST_MS = 50_000;

/** When and where the demo's birthday present is given. */
export interface BirthdayPlan {
  zone: string;
  /** Local time, `HH:MM`. */
  at: string;
  /** The birthday, `YYYY-MM-DD`. */
  date: string;
  /** Whether `at` is the library's own, so that its journey is published as it is. */
  asWritten: boolean;
}

/**
 * Finds somebody for whom it is ten in the morning within the minute; where nobody lives like that
 * now, takes the next full minute in the zone of `home`. Zones stand a quarter of an hour apart, so
 * it is the second case most of the time.
 */
export function planBirthday(now: number, home: string, zones: readonly string[]): BirthdayPlan {
  for (const zone of zones) {
    const at = nextLocalTime({ time: LIBRARY_TIME }, zone, now);
    if (at - now >= SOONEST_MS && at - now <= LATEST_MS) return planAt(at, zone, true);
  }
  const minute = 60_000;
  return planAt(Math.ceil((now + SOONEST_MS) / minute) * minute, home, false);
}

function planAt(instant: number, zone: string, asWritten: boolean): BirthdayPlan {
  const local = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
  const day = local.toPlainDate().add({ days: 3 });
  const at = local.toPlainTime().toString({ smallestUnit: 'minute' });
  // A leap year, so that every day of the year is one of its days.
  return { zone, at, date: day.toString().replace(/^\d+/, '1992'), asWritten };
}

/**
 * Puts every template and journey of the library; says how many journeys are live. Without a plan
 * for a birthday all of them stay as they are written.
 */
export async function installLibrary(
  client: KairosClient,
  birthday: BirthdayPlan | null,
): Promise<number> {
  for (const [key, yaml] of await readAll('templates')) await client.putTemplate(key, yaml);
  const journeys = await readAll('journeys');
  for (const [key, yaml] of journeys) {
    const at = key === BIRTHDAY && birthday?.asWritten === false ? birthday.at : null;
    // What somebody has made of a journey since is theirs.
    if (at === null && (await client.hasJourney(key))) continue;
    await client.publish(
      key,
      at === null ? yaml : yaml.replace(`at: '${LIBRARY_TIME}'`, `at: '${at}'`),
    );
  }
  return journeys.length;
}

/** What the page /demo shows to its visitors; what somebody has made of it since is theirs. */
export async function installSite(client: KairosClient): Promise<void> {
  await client.putVouchers(SITE_POOL, SITE_CODES);
  for (const [key, yaml] of await readAll('templates', SITE)) await client.putTemplate(key, yaml);
  for (const [key, yaml] of await readAll('journeys', SITE)) {
    if (!(await client.hasJourney(key))) await client.publish(key, yaml);
  }
}

/** Publishes the birthday journey as the library has it, where the demo had changed its hour. */
export async function restoreBirthday(client: KairosClient, plan: BirthdayPlan): Promise<void> {
  if (plan.asWritten) return;
  const yaml = await readFile(new URL(`journeys/${BIRTHDAY}.yaml`, LIBRARY), 'utf8');
  await client.publish(BIRTHDAY, yaml);
}

async function readAll(folder: string, within = LIBRARY): Promise<[string, string][]> {
  const names = (await readdir(new URL(`${folder}/`, within))).filter((n) => n.endsWith('.yaml'));
  return Promise.all(
    names.sort().map(async (name): Promise<[string, string]> => {
      const text = await readFile(new URL(`${folder}/${name}`, within), 'utf8');
      return [name.replace(/\.yaml$/, ''), text];
    }),
  );
}
