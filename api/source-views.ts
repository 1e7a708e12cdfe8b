import { z } from 'zod';
import { ROW_KINDS } from '#domain/import/import-map.ts';
import { valueShown, type Place } from '#domain/source/place.ts';
import { Source } from '#domain/source/source.ts';
import { PULL_STATUSES, type StoredPull, type StoredSource } from '#sources/source-document.ts';
import { definitionOf } from '#sources/source-store.ts';
import { Instant, iso } from './views.ts';

export const SourceView = z.object({
  key: z.string(),
  definition: Source.describe('As it was written; the connection is a name, never the secret.'),
  status: z
    .enum(['pulling', 'waiting', 'failing', 'paused'])
    .describe('`failing`: the last pull failed, and `failure` says why.'),
  lastSuccessAt: Instant.nullable(),
  nextPullAt: Instant.nullable().describe('Null: it is paused, or pulled when asked for only.'),
  consecutiveFailures: z.number().int(),
  failure: z.string().nullable(),
  createdAt: Instant,
  updatedAt: Instant,
});

const orNull = (at: number | null): string | null => (at === null ? null : iso(at));

export function viewSource(
  stored: StoredSource,
  now: { nextPullAt: number | null; isPulling: boolean },
): z.infer<typeof SourceView> {
  const definition = definitionOf(stored);
  const idle = definition.paused ? 'paused' : stored.failures > 0 ? 'failing' : 'waiting';
  return {
    key: stored._id,
    definition,
    status: now.isPulling ? 'pulling' : idle,
    lastSuccessAt: orNull(stored.lastSuccessAt),
    nextPullAt: orNull(now.nextPullAt),
    consecutiveFailures: stored.failures,
    failure: stored.failure,
    createdAt: iso(stored.createdAt),
    updatedAt: iso(stored.updatedAt),
  };
}

export const PullView = z.object({
  id: z.string(),
  source: z.string(),
  as: z.enum(ROW_KINDS),
  status: z.enum(PULL_STATUSES).describe('`stopped`: the source was changed while it was read.'),
  rows: z.number().int().describe('Rows read so far; at the end accepted + rejected + skipped.'),
  accepted: z.number().int().describe('Those known from an earlier pull included.'),
  rejected: z.number().int(),
  skipped: z.number().int(),
  errors: z
    .array(
      z.object({
        row: z.number().int().describe('1 is the first row of this pull.'),
        key: z.string().nullable().describe('Of its key column, where that is an id.'),
        column: z.string().nullable(),
        detail: z.string(),
      }),
    )
    .describe('The first 1,000.'),
  cleaned: z.array(
    z.object({
      column: z.string(),
      change: z.string(),
      count: z.number().int(),
      rows: z.array(z.number().int()).describe('Up to five examples.'),
    }),
  ),
  ignored: z.array(z.string()).describe('Columns that nothing was taken from.'),
  cursor: z.object({ from: z.string().nullable(), to: z.string().nullable() }),
  tries: z.number().int(),
  failure: z.string().nullable().describe('Why it failed, or why its last try did.'),
  startedAt: Instant,
  endedAt: Instant.nullable(),
  durationMs: z.number().int().nullable(),
});

const cursorOf = (place: Place | null): string | null =>
  place === null ? null : valueShown(place);

export function viewPull(pull: StoredPull): z.infer<typeof PullView> {
  const { _id: id, source, as, status, rows, accepted, rejected, skipped } = pull;
  const { errors, cleaned, ignored, attempt: tries, failure, startedAt, endedAt } = pull;
  return {
    id,
    source,
    as,
    status,
    ...{ rows, accepted, rejected, skipped },
    errors: errors.map(({ row, key, column, detail }) => ({ row, key, column, detail })),
    cleaned,
    ignored,
    cursor: { from: cursorOf(pull.from), to: cursorOf(pull.place) },
    tries,
    failure,
    startedAt: iso(startedAt),
    endedAt: orNull(endedAt),
    durationMs: endedAt === null ? null : endedAt - startedAt,
  };
}
