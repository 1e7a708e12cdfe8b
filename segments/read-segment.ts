import type { Filter } from 'mongodb';
import { DomainError, invalid } from '#domain/errors.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { StoredSegment } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';
import { withinTime } from './look-at-profiles.ts';

/** A segment with how many are in it; null: it is evaluated when somebody asks, or was not counted yet. */
export interface SizedSegment {
  segment: StoredSegment;
  size: number | null;
  /** Epoch ms at which it was counted, where that was not just now. */
  countedAt?: number;
}

/** A list counts for so long, in ms; of segments after that the last size noted is told. */
const COUNTING_MS = 2_000;
/** Sizes counted at once: a list must not take all of the database from live events. */
const LANES = 4;

export function unknownSegment(): DomainError {
  return new DomainError('not-found', 'There is no segment with this key.');
}

/** @throws DomainError `not-found` */
export async function readSegment(
  { segments }: Pick<Collections, 'segments'>,
  key: string,
): Promise<StoredSegment> {
  const found = await segments.findOne({ _id: key });
  if (found === null) throw unknownSegment();
  return found;
}

/** As `readSegment`, of one that has members of its own. @throws DomainError `invalid` too. */
export async function readKeptSegment(
  c: Pick<Collections, 'segments'>,
  key: string,
): Promise<StoredSegment> {
  const segment = await readSegment(c, key);
  if (segment.isKept) return segment;
  throw invalid(
    'This segment speaks of the request in hand or of values to be filled in: nobody is in it until somebody asks. Ask POST /v1/decisions/segments, or POST /v1/segments/count.',
  );
}

/** Counts by the index of memberships: of a profile that was merged away nothing is left in it. */
export async function sized(
  { profiles }: Pick<Collections, 'profiles'>,
  segment: StoredSegment,
): Promise<SizedSegment> {
  const inIt = { 'segments.key': segment._id };
  return { segment, size: segment.isKept ? await profiles.countDocuments(inIt) : null };
}

/** Segments by key. `countingMs`: how long sizes are counted at most. */
export async function listSegments(
  c: Pick<Collections, 'segments' | 'profiles' | 'segmentSizes'>,
  { limit, after }: PageRequest,
  countingMs = COUNTING_MS,
): Promise<Page<SizedSegment>> {
  const rows = await c.segments
    .find(after === null ? {} : { _id: { $gt: after.id } })
    .sort({ _id: 1 })
    .limit(limit + 1)
    .toArray();
  const page = pageOf(rows, limit, ({ _id }) => ({ at: 0, id: _id }));
  const giveUpAt = performance.now() + countingMs;
  const sizes: SizedSegment[] = [];
  for (let from = 0; from < page.rows.length; from += LANES) {
    const lanes = page.rows.slice(from, from + LANES);
    sizes.push(...(await Promise.all(lanes.map((row) => sizedInTime(c, row, giveUpAt)))));
  }
  return { ...page, rows: sizes };
}

/** As it is now, else as the hour's size was noted last. `giveUpAt` by `performance.now()`. */
async function sizedInTime(
  c: Pick<Collections, 'profiles' | 'segmentSizes'>,
  segment: StoredSegment,
  giveUpAt: number,
): Promise<SizedSegment> {
  if (!segment.isKept) return { segment, size: null };
  const left = Math.floor(giveUpAt - performance.now());
  if (left > 0) {
    const inIt = { 'segments.key': segment._id };
    const size = await withinTime(c.profiles.countDocuments(inIt, { maxTimeMS: left }));
    if (size !== null) return { segment, size };
  }
  const [noted] = await c.segmentSizes
    .find({ segment: segment._id, every: 'hour' })
    .sort({ at: -1 })
    .limit(1)
    .toArray();
  if (noted === undefined) return { segment, size: null };
  return { segment, size: noted.size, countedAt: noted.at };
}

/** One member of a segment. */
export interface Member {
  id: string;
  /** `email:…`, `external:…` and the like. */
  identities: string[];
  /** Epoch ms. */
  since: number;
}

/** Who is in a segment, by the id of the profile. */
export async function listMembers(
  c: Pick<Collections, 'profiles' | 'identities'>,
  key: string,
  { limit, after }: PageRequest,
): Promise<Page<Member>> {
  const filter: Filter<Profile> = {
    'segments.key': key,
    ...(after === null ? {} : { _id: { $gt: after.id } }),
  };
  const found = await c.profiles
    .find(filter)
    .sort({ _id: 1 })
    .limit(limit + 1)
    .project<Pick<Profile, '_id' | 'segments'>>({ segments: 1 })
    .toArray();
  const page = pageOf(found, limit, ({ _id }) => ({ at: 0, id: _id }));
  const identities = await identitiesOf(
    c,
    page.rows.map(({ _id }) => _id),
  );
  const rows = page.rows.map(({ _id: id, segments = [] }) => ({
    id,
    identities: identities.get(id) ?? [],
    since: segments.find((one) => one.key === key)?.since ?? 0,
  }));
  return { ...page, rows };
}

/** All identities of some profiles, sorted. */
export async function identitiesOf(
  { identities }: Pick<Collections, 'identities'>,
  profileIds: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await identities
    .find({ profileId: { $in: [...profileIds] }, kind: { $ne: 'merged' } })
    .sort({ _id: 1 })
    .toArray();
  const found = new Map<string, string[]>();
  for (const { _id, profileId } of rows) {
    found.set(profileId, [...(found.get(profileId) ?? []), _id]);
  }
  return found;
}
