import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import type { Page, PageRequest, Place } from '#domain/page.ts';

/** Rows of one page: the default is what a screen shows, the most keeps an answer under a few MB. */
export const PAGE_LIMIT_DEFAULT = 50;
export const PAGE_LIMIT_MAX = 1000;

/** The two query parameters that every list takes. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(PAGE_LIMIT_MAX)
    .default(PAGE_LIMIT_DEFAULT)
    .describe('Rows of one page.'),
  cursor: z
    .string()
    .max(1000)
    .optional()
    .describe('`next` of the page before; opaque. Absent: the first page.'),
};

/** The same for lists that are asked for by a body. */
export const bodyPage = {
  limit: z
    .number()
    .int()
    .min(1)
    .max(PAGE_LIMIT_MAX)
    .default(PAGE_LIMIT_DEFAULT)
    .describe('Rows of one page.'),
  cursor: pageQuery.cursor,
};

const Position = z.tuple([z.number(), z.string().max(500)]);

function writeCursor(place: Place | null): string | null {
  if (place === null) return null;
  return Buffer.from(JSON.stringify([place.at, place.id])).toString('base64url');
}

/** @throws DomainError `malformed` for a cursor that is none of ours. */
function readCursor(cursor: string | undefined): Place | null {
  if (cursor === undefined || cursor === '') return null;
  try {
    const [at, id] = Position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return { at, id };
  } catch {
    throw new DomainError('malformed', 'The cursor is not one that this API gave.');
  }
}

export function pageRequest(query: { limit: number; cursor?: string | undefined }): PageRequest {
  return { limit: query.limit, after: readCursor(query.cursor) };
}

/** One page as the API answers it. */
export function pageReply<T, V>(
  page: Page<T>,
  view: (row: T) => V,
): { data: V[]; next: string | null } {
  return { data: page.rows.map(view), next: writeCursor(page.next) };
}

/** Schema of a list's answer. */
export function listOf<T extends z.ZodType>(row: T) {
  return z.object({ data: z.array(row), next: z.string().nullable() });
}
