import { z } from 'zod';
import { Condition } from '#domain/condition/condition.ts';
import type { Explained } from '#domain/segment/explain-condition.ts';
import type { Share } from '#segments/look-at-profiles.ts';
import type { SizedSegment } from '#segments/read-segment.ts';
import { Instant, iso } from './views.ts';

/** What may be meant otherwise, each with its place in what was sent. */
export const Warnings = z
  .array(z.object({ pointer: z.string(), detail: z.string() }))
  .describe(
    'Parts that hold of nobody, or of everybody, as things are, each with its place; empty: none.',
  );

export const SegmentView = z.object({
  key: z.string(),
  name: z.string(),
  description: z.string().optional(),
  condition: Condition.nullable().describe('Null: static, a list kept by hand.'),
  params: z.array(z.string()).describe('Values that whoever uses the segment fills in.'),
  kept: z
    .boolean()
    .describe(
      'Whether it has members of its own; else it speaks of the request in hand or of values to be filled in, and is evaluated when somebody asks.',
    ),
  size: z
    .number()
    .int()
    .nullable()
    .describe('Customers in it; null where it is not kept, or in a long list not counted yet.'),
  sizeAt: Instant.optional().describe(
    'When `size` was counted, where a list of large segments takes the size noted last.',
  ),
  status: z
    .enum(['filling', 'live'])
    .describe('`filling`: not every customer was looked at for this definition yet.'),
  progress: z.number().describe('From 0 to 1: the share of customers looked at.'),
  createdAt: Instant,
  updatedAt: Instant,
  warnings: Warnings.optional(),
});

/** Until the last customer was looked at it is not full, however many were made meanwhile. */
const NEARLY = 0.99;

export function viewSegment({
  segment,
  size,
  countedAt,
}: SizedSegment): z.infer<typeof SegmentView> {
  const { filledAt, filling, description } = segment;
  const share = filling === null ? 0 : filling.looked / Math.max(1, filling.of);
  return {
    key: segment._id,
    name: segment.name,
    ...(description === undefined ? {} : { description }),
    condition: segment.condition,
    params: segment.params,
    kept: segment.isKept,
    size,
    ...(countedAt === undefined ? {} : { sizeAt: iso(countedAt) }),
    status: filledAt === null ? 'filling' : 'live',
    progress: filledAt === null ? Math.min(NEARLY, share) : 1,
    createdAt: iso(segment.createdAt),
    updatedAt: iso(segment.updatedAt),
  };
}

export const MemberView = z.object({
  id: z.string(),
  identities: z.array(z.string()),
  since: Instant,
});

/** How far a number may be trusted. */
export const ShareView = {
  exact: z.boolean(),
  why: z.string().nullable().describe('Why it is not exact.'),
  looked: z.number().int().nullable().describe('Customers looked at; null: a query counted all.'),
};

export function viewShare(share: Share | null): {
  exact: boolean;
  why: string | null;
  looked: number | null;
} {
  return {
    exact: (share?.why ?? null) === null,
    why: share?.why ?? null,
    looked: share?.looked ?? null,
  };
}

/** One part of a condition, explained. */
interface PartView {
  holds: boolean;
  flipsAt: string | null;
  all?: PartView[] | undefined;
  any?: PartView[] | undefined;
  not?: PartView | undefined;
  leaf?: unknown;
  found?: string | undefined;
}

export const WhyPart: z.ZodType<PartView> = z
  .lazy(() =>
    z.object({
      holds: z.boolean(),
      flipsAt: Instant.nullable().describe('When time alone may change this; null: never.'),
      all: z.array(WhyPart).optional(),
      any: z.array(WhyPart).optional(),
      not: WhyPart.optional(),
      leaf: z.unknown().optional().describe('The condition as it was written.'),
      found: z.string().optional().describe('What was found for it, in a sentence.'),
    }),
  )
  .meta({ id: 'WhyPart', description: 'One part of a condition: whether it holds, and why.' });

export function viewExplained(explained: Explained): PartView {
  const { holds, group, leaf, found } = explained;
  const flipsAt = explained.flipsAt === null ? null : iso(explained.flipsAt);
  const parts = explained.parts.map(viewExplained);
  if (group === 'all') return { holds, flipsAt, all: parts };
  if (group === 'any') return { holds, flipsAt, any: parts };
  if (group === 'not') return { holds, flipsAt, not: parts[0] };
  return { holds, flipsAt, leaf, found: found ?? undefined };
}
