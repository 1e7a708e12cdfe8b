import { z } from 'zod';
import { CHANNELS } from '#domain/message/message.ts';
import { DAY_MS, Duration, longestMs, readDuration } from '#domain/time/duration.ts';
import { LocalTime } from '#domain/time/local-time.ts';

/**
 * Messages one cap may allow. A customer's latest sends are remembered up to this many a channel:
 * so no cap can be counted short.
 */
export const CAP_MAX = 200;
/** A line for each channel and period there is, and room. */
const CAPS_MAX = 30;
/** A message is held for three days at most: a longer distance could never be kept by waiting. */
const MIN_DISTANCE_DAYS_MAX = 3;
/** Messages of the highest priority. */
const PRIORITY_MAX = 100;
/** What a journey has that says nothing. */
export const PRIORITY_DEFAULT = 50;

/** Calendar periods, on the customer's own clock; a week begins on Monday. */
export const PERIODS = ['day', 'week', 'month'] as const;
export type Period = (typeof PERIODS)[number];

const AnyChannel = z.enum(CHANNELS);

/** At most so many marketing messages to one customer in a calendar period. */
export const Cap = z.strictObject({
  channel: z.enum([...CHANNELS, 'any']).meta({
    description: '`any`: over all channels but in-app, inbox and widget.',
  }),
  max: z.int().min(0).max(CAP_MAX),
  per: z.enum(PERIODS),
});
export type Cap = z.infer<typeof Cap>;

const Caps = z.array(Cap).max(CAPS_MAX);

/** Hours of the customer's own clock in which no marketing goes out. */
export const QuietHours = z
  .strictObject({
    from: LocalTime,
    to: LocalTime.meta({ description: 'The first minute that is no longer quiet.' }),
    action: z
      .enum(['hold', 'skip'])
      .default('hold')
      .meta({ description: '`hold`: it goes out at `to`. `skip`: it never does.' }),
    channels: z
      .array(AnyChannel)
      .min(1)
      .optional()
      .meta({ description: 'Only these; absent: all but in-app, inbox and widget.' }),
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    error: 'Quiet hours end at another time than they begin.',
  });
export type QuietHours = z.infer<typeof QuietHours>;

const Percent = z.number().min(0).max(100);

const Distance = Duration.superRefine((text, context) => {
  const read = readDuration(text);
  if ('ok' in read && longestMs(read.ok) > MIN_DISTANCE_DAYS_MAX * DAY_MS) {
    const message = `Write a time between messages of at most P${String(MIN_DISTANCE_DAYS_MAX)}D.`;
    context.addIssue({ code: 'custom', message });
  }
});

/** As templates name them, and as people read them. */
const TOPIC_MAX = 64;
const NAME_MAX = 100;
/** Far more than anybody would choose among. */
const TOPICS_MAX = 100;
const Tag = z
  .string()
  .regex(/^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8})*$/, 'Write a language as BCP 47 does.');

/** A mailbox that was full so often will be full again. */
const SOFT_BOUNCES_MAX = 50;
/** Who bounced three times within a month is not there, or does not read. */
const SOFT_BOUNCES_DEFAULT = { max: 3, within: 'P30D' };

/** What the gate goes by for the whole shop: what is not named is as if never set. */
export const GateSettings = z.strictObject({
  consentWhenUnknown: z
    .partialRecord(AnyChannel, z.enum(['allow', 'deny']))
    .default({})
    .meta({ description: 'What silence about consent means, by channel.' }),
  quietHours: QuietHours.nullable().default(null),
  caps: Caps.default([]),
  minDistance: Distance.nullable()
    .default(null)
    .meta({ description: 'ISO 8601: from one marketing message to the next.' }),
  holdoutPercent: Percent.default(0).meta({
    description: 'The share of customers who get no marketing at all.',
  }),
  doubleOptIn: z
    .array(AnyChannel)
    .max(CHANNELS.length)
    .default([])
    .meta({ description: 'Where a consent counts only once it was confirmed by a link.' }),
  topicNames: z
    .record(z.string().min(1).max(TOPIC_MAX), z.record(Tag, z.string().min(1).max(NAME_MAX)))
    .refine((named) => Object.keys(named).length <= TOPICS_MAX, 'At most 100 topics have names.')
    .default({})
    .meta({ description: 'What topics are called where people choose them, by language.' }),
  softBounces: z
    .strictObject({ max: z.int().min(1).max(SOFT_BOUNCES_MAX), within: Duration })
    .default(SOFT_BOUNCES_DEFAULT)
    .meta({ description: 'After how many within how long an address gets no marketing.' }),
});
export type GateSettings = z.infer<typeof GateSettings>;

/** As if nothing was ever set. */
export const NO_GATE_SETTINGS: GateSettings = GateSettings.parse({});

/** What one journey says of its own messages. */
export const JourneyGate = z.strictObject({
  priority: z.int().min(0).max(PRIORITY_MAX).optional(),
  /** In place of the shop's; false: it may write at any hour. */
  quietHours: z.union([QuietHours, z.literal(false)]).optional(),
  /** Beside the shop's: how many of its own messages one customer gets. */
  caps: Caps.optional(),
  /** The share of customers who get no marketing message of this journey. */
  holdoutPercent: Percent.optional(),
});
export type JourneyGate = z.infer<typeof JourneyGate>;
