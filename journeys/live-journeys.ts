import type { LiveJourney } from '#domain/apply/live-journey.ts';
import type { Collections } from '#platform/mongo.ts';
import type { StoredVersion } from '#platform/documents.ts';

/** Versions never change, so they may be kept; this many of them. */
const VERSIONS_KEPT_MAX = 1_000;

/** Reads published versions: which one is live is asked anew each time, its content only once. */
export interface JourneyVersions {
  /** All journeys that take or watch people now, as of this very moment. */
  live(): Promise<LiveJourney[]>;
  /** One immutable version; null if there is none. */
  version(journey: string, version: number): Promise<StoredVersion | null>;
  status(journey: string): Promise<string | null>;
}

export function createJourneyVersions(
  c: Pick<Collections, 'journeys' | 'journeyVersions'>,
): JourneyVersions {
  const kept = new Map<string, StoredVersion>();

  async function version(journey: string, number: number): Promise<StoredVersion | null> {
    const id = `${journey}@${String(number)}`;
    const known = kept.get(id);
    if (known !== undefined) return known;
    const found = await c.journeyVersions.findOne({ _id: id });
    if (found === null) return null;
    if (kept.size >= VERSIONS_KEPT_MAX) kept.clear();
    kept.set(id, found);
    return found;
  }

  return {
    version,
    async live() {
      const rows = await c.journeys
        .find({ status: { $in: ['live', 'paused'] } })
        .project<{ _id: string; status: 'live' | 'paused'; version: number }>({
          status: 1,
          version: 1,
        })
        .toArray();
      const live = await Promise.all(
        rows.map(async (row) => {
          const found = await version(row._id, row.version);
          if (found === null) return null;
          const { publishedAt, definition } = found;
          return {
            key: row._id,
            version: row.version,
            status: row.status,
            publishedAt,
            definition,
          };
        }),
      );
      return live.filter((journey) => journey !== null);
    },
    async status(journey) {
      const found = await c.journeys.findOne({ _id: journey }, { projection: { status: 1 } });
      return found?.status ?? null;
    },
  };
}
