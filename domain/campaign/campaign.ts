import { z } from 'zod';
import { invalid, type Fault } from '#domain/errors.ts';
import { earliestStart, LocalMoment } from '#domain/campaign/schedule.ts';
import { explainIssues } from '#domain/journey/explain-issue.ts';
import { SEEN_MAX } from '#domain/journey/steps/send.ts';
import { Key, Span } from '#domain/journey/words.ts';
import { JourneyGate } from '#domain/message/gate/gate-settings.ts';
import { PRODUCT_ID_MAX } from '#domain/product/product.ts';
import { SegmentKey } from '#domain/segment/segment-key.ts';
import { channelFaults, WantedChannels } from '#domain/sending/wanted-channels.ts';
import { addDuration } from '#domain/time/add-duration.ts';
import { DAY_MS } from '#domain/time/duration.ts';

const NAME_LENGTH_MAX = 200;
/**
 * How long after a message it can still be told who looked at it, in days: messages are kept for 30 at
 * least (KAIROS_RUN_RETENTION), and between the first of a campaign and its last may lie a week.
 */
const ASKED_WITHIN_DAYS = 21;
/** Of more no audience is large enough to tell them apart. */
const VARIANTS_MAX = 10;
/** Shares are whole: of 1,000 customers the smallest is ten. */
const SHARE_MIN = 1;
const WEIGHT_MAX = 100;
/** Above what any provider takes of one shop: 16,000 a second. */
const RATE_MAX = 1_000_000;

const Variant = z.strictObject({
  key: Key,
  template: Key.optional().describe("Its own template; absent: the campaign's."),
  weight: z
    .int()
    .min(1)
    .max(WEIGHT_MAX)
    .default(1)
    .describe('How many get it beside the others: with 2 and 1, two of three.'),
});

const Experiment = z.strictObject({
  variants: z.array(Variant).min(2).max(VARIANTS_MAX),
  share: z
    .int()
    .min(SHARE_MIN)
    .max(100)
    .default(100)
    .describe('Percent of the audience that the variants are tried on; 100: everybody.'),
  winner: z
    .strictObject({ by: z.enum(['opens', 'clicks']), after: Span })
    .optional()
    .describe('What the rest gets: the best variant, so long after the test went out.'),
});

const Unless = z
  .strictObject({
    bought: z
      .string()
      .min(1)
      .max(PRODUCT_ID_MAX)
      .optional()
      .describe('A product by the id of the shop: whoever has bought it does not get it.'),
    seen: z
      .int()
      .min(1)
      .max(SEEN_MAX)
      .optional()
      .describe('Whoever got a message of this template so often does not get it again.'),
    within: Span.optional().describe('How far back that counts; absent: 30 days.'),
  })
  .refine(({ bought, seen }) => bought !== undefined || seen !== undefined, {
    error: 'Say what makes it pointless: the product "bought", or how often it was "seen".',
  });

/** One message or cascade to everybody in a segment. */
export const Campaign = z.strictObject({
  key: Key,
  name: z.string().trim().min(1).max(NAME_LENGTH_MAX),
  segment: SegmentKey,
  template: Key,
  ...WantedChannels.shape,
  at: z.iso
    .datetime({ offset: true, error: 'Write an instant such as 2026-11-27T10:00:00+02:00.' })
    .optional()
    .describe('When it begins; absent: at `start`.'),
  localTime: LocalMoment.optional().describe(
    "On each customer's own clock: `10:00` (the next one), or `2026-11-27T10:00`.",
  ),
  ratePerMinute: z
    .int()
    .min(1)
    .max(RATE_MAX)
    .optional()
    .describe('Recipients a minute at most; absent: as fast as providers take them.'),
  experiment: Experiment.optional(),
  resend: z
    .strictObject({
      after: Span,
      template: Key.optional().describe("Another template; absent: the campaign's."),
    })
    .optional()
    .describe('Once more to those who did not open, so long after all was sent.'),
  unless: Unless.optional().describe('What they did that makes it pointless.'),
  tracking: z
    .boolean()
    .optional()
    .describe('`false`: openings and clicks are not tracked, whatever its templates say.'),
  gate: JourneyGate.optional().describe('What the gate goes by beside the settings of the shop.'),
});
export type Campaign = z.infer<typeof Campaign>;

/** Reads a definition. @throws DomainError `invalid` with every fault. */
export function parseCampaign(input: unknown): Campaign {
  const parsed = Campaign.safeParse(input);
  if (!parsed.success) {
    const fields = [...Object.keys(Campaign.shape), 'variants', 'share', 'winner', 'after', 'by'];
    const faults = explainIssues(parsed.error.issues, { value: input, pointer: '#', fields });
    throw invalid('The campaign is not right.', faults);
  }
  const faults = [
    ...channelFaults(parsed.data),
    ...timeFaults(parsed.data),
    ...spanFaults(parsed.data),
    ...experimentFaults(parsed.data),
  ];
  if (faults.length > 0) throw invalid('The campaign is not right.', faults);
  return parsed.data;
}

function timeFaults({ at, localTime }: Campaign): Fault[] {
  if (at === undefined || localTime === undefined || earliestStart(localTime) === null) return [];
  const detail = '"localTime" says the day already: leave "at" out, or write the time alone.';
  return [{ pointer: '#/at', detail }];
}

function spanFaults({ resend, experiment }: Campaign): Fault[] {
  const spans = [
    { pointer: '#/resend/after', after: resend?.after },
    { pointer: '#/experiment/winner/after', after: experiment?.winner?.after },
  ];
  const detail = `At most ${String(ASKED_WITHIN_DAYS)} days (P${String(ASKED_WITHIN_DAYS)}D): after that it may not be known any more who opened the first message.`;
  return spans
    .filter(({ after }) => {
      return after !== undefined && addDuration(0, after, 'UTC') > ASKED_WITHIN_DAYS * DAY_MS;
    })
    .map(({ pointer }) => ({ pointer, detail }));
}

function experimentFaults({ experiment, localTime }: Campaign): Fault[] {
  if (experiment === undefined) return [];
  const { variants, share, winner } = experiment;
  const faults: Fault[] = [];
  const keys = variants.map(({ key }) => key);
  const twice = keys.findIndex((key, index) => keys.indexOf(key) < index);
  if (twice >= 0) {
    const detail = `There are two variants "${keys[twice] ?? ''}": each needs a key of its own.`;
    faults.push({ pointer: `#/experiment/variants/${String(twice)}/key`, detail });
  }
  if (share < 100 && winner === undefined) {
    const detail = 'Say how the rest gets its variant: { by: opens, after: PT4H }.';
    faults.push({ pointer: '#/experiment/winner', detail });
  }
  if (share === 100 && winner !== undefined) {
    const detail = 'With a share of 100 nobody is left for a winner: say a smaller "share".';
    faults.push({ pointer: '#/experiment/winner', detail });
  }
  if (share < 100 && localTime !== undefined) {
    const detail =
      'A test with a winner cannot wait for the same hour in every zone: the test would still go out when the rest is to follow. Leave "localTime" out, or give everybody a variant (share 100).';
    faults.push({ pointer: '#/localTime', detail });
  }
  return faults;
}
