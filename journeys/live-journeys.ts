import type { LiveJourney } from '#domain/apply/live-journey.ts';
import { listenedNames } from '#domain/journey/listened-names.ts';
import { readById } from '#platform/coalesce-reads.ts';
import type { Collections } from '#platform/mongo.ts';
import type { JourneyStatus, StoredJourney, StoredVersion } from '#platform/documents.ts';

type Standing = Pick<StoredJourney, 'status' | 'stoppedAt'>;

/** Versions never change, so they may be kept; this many of them. */
const VERSIONS_KEPT_MAX = 1_000;

/** Reads published versions: which one is live is asked anew each time, its content only once. */
export interface JourneyVersions {
  /** All journeys that take or watch people now, as of this very moment. */
  live(): Promise<LiveJourney[]>;
  /** The same, and the names of all events that any version published so far listens for. */
  published(): Promise<{ live: LiveJourney[]; listened: ReadonlySet<string> }>;
  /** One immutable version; null if there is none. */
  version(journey: string, version: number): Promise<StoredVersion | null>;
  /** What a journey's status means for a run that entered at `enteredAt`; null: no such journey. */
  statusFor(journey: string, enteredAt: number): Promise<JourneyStatus | null>;
  stoppedAt(journey: string): Promise<number | null>;
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

  const listened = new Set<string>();
  /** Up to which version of each journey `listened` holds the names. */
  const listenedUpTo = new Map<string, number>();

  /** Runs stay on the version they began with: what an older one listens for counts on. */
  async function listenTo(journey: string, upTo: number): Promise<void> {
    const from = listenedUpTo.get(journey) ?? 0;
    if (from >= upTo) return;
    const fresh = c.journeyVersions.find({ journey, version: { $gt: from, $lte: upTo } });
    for await (const { definition } of fresh) {
      for (const name of listenedNames(definition)) listened.add(name);
    }
    listenedUpTo.set(journey, upTo);
  }

  async function published(): Promise<{ live: LiveJourney[]; listened: ReadonlySet<string> }> {
    const rows = await c.journeys
      .find({ version: { $gt: 0 } })
      .project<Pick<StoredJourney, '_id' | 'status' | 'version'>>({ status: 1, version: 1 })
      .toArray();
    const live = await Promise.all(
      rows.map(async ({ _id: key, status, version: number }) => {
        await listenTo(key, number);
        if (status !== 'live' && status !== 'paused') return null;
        const found = await version(key, number);
        if (found === null) return null;
        const { publishedAt, definition } = found;
        return { key, version: number, status, publishedAt, definition };
      }),
    );
    return { live: live.filter((journey) => journey !== null), listened };
  }

  const standing: (journey: string) => Promise<Standing | null> = readById(c.journeys, {
    projection: { status: 1, stoppedAt: 1 },
  });

  return {
    version,
    published,
    live: async () => (await published()).live,
    async statusFor(journey, enteredAt) {
      const found = await standing(journey);
      if (found === null) return null;
      return enteredAt <= (found.stoppedAt ?? 0) ? 'stopped' : found.status;
    },
    async stoppedAt(journey) {
      return (await standing(journey))?.stoppedAt ?? null;
    },
  };
}
