/** The zone of whoever never told us theirs, unless the shop's setting says otherwise. */
export const ZONE_DEFAULT = 'UTC';

/** Zones seen lately; the tz database has about 600 names, so this never grows beyond them twice. */
const ZONES_REMEMBERED_MAX = 1200;

/** No IANA name is longer than this; longer text is refused before anybody looks at it. */
const ZONE_LENGTH_MAX = 64;

const known = new Map<string, boolean>();

/** Whether a text is an IANA time zone this machine knows (`Europe/Kyiv`, `UTC`). */
export function isZone(text: unknown): text is string {
  if (typeof text !== 'string' || text === '' || text.length > ZONE_LENGTH_MAX) return false;
  const remembered = known.get(text);
  if (remembered !== undefined) return remembered;
  const found = looksUp(text);
  if (known.size >= ZONES_REMEMBERED_MAX) known.clear();
  known.set(text, found);
  return found;
}

/** The zone itself where it is one, else the fallback where that is one, else UTC. */
export function zoneOr(zone: unknown, fallback: string = ZONE_DEFAULT): string {
  if (isZone(zone)) return zone;
  return isZone(fallback) ? fallback : ZONE_DEFAULT;
}

function looksUp(text: string): boolean {
  // Offsets such as `+03:00` are no zones: they know no summer time.
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
