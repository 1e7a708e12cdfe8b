import { z } from 'zod';
import { EventName } from '#domain/journey/words.ts';
import { isReservedName, NAME_LENGTH_MAX } from './ga4-name.ts';
import { LISTENING } from './listen.ts';

/** Longer addresses are those of nothing that speaks this protocol. */
const URL_LENGTH_MAX = 200;
/** Names of events that are given another; more is a rule and no list. */
const NAMES_MAX = 500;
/** Google's secrets have 22 characters. */
const SECRET_LENGTH_MAX = 200;
/** As long as the names of consents may be. */
const CONSENT_LENGTH_MAX = 64;

const ConsentName = z.string().min(1).max(CONSENT_LENGTH_MAX);

const EventNameThere = z
  .string()
  .max(NAME_LENGTH_MAX)
  .regex(/^\p{L}[\p{L}\p{N}_]*$/u, {
    error: 'Google takes letters, digits and _, and a letter first, as in quiz_done.',
  })
  .refine((name) => !isReservedName(name), {
    error: 'This name is reserved by Google: events of it are thrown away.',
  });

/** Which consents of a customer decide what Google is told. */
const ConsentRules = z.strictObject({
  analytics: ConsentName.nullable()
    .default('analytics')
    .describe(
      'Events of customers who have not granted this are not told. Null: none is asked for.',
    ),
  adUserData: ConsentName.default('advertising').describe(
    'Granted: `ad_user_data` is GRANTED; in any other case DENIED.',
  ),
  adPersonalization: ConsentName.default('advertising').describe(
    'Granted: `ad_personalization` is GRANTED; in any other case DENIED.',
  ),
});

/** A property of Google Analytics 4 that is told of events by the Measurement Protocol. */
export const GoogleAnalytics = z.strictObject({
  kind: z.literal('googleAnalytics'),
  url: z
    .url({ protocol: /^https?$/, error: 'Write an address that begins with https://.' })
    .max(URL_LENGTH_MAX)
    .default('https://www.google-analytics.com')
    .describe('`https://region1.google-analytics.com` collects in the European Union.'),
  measurementId: z
    .string()
    .regex(/^G-[A-Z0-9]{4,20}$/, { error: 'Write the measurement id of a web stream: G-….' }),
  apiSecret: z
    .string()
    .regex(/^[\w-]+$/, { error: 'Write the API secret as Google shows it.' })
    .max(SECRET_LENGTH_MAX)
    .optional()
    .describe('Made at Google beside the data stream. Never shown; a change without it keeps it.'),
  ...LISTENING,
  names: z
    .record(EventName, EventNameThere)
    .refine((names) => Object.keys(names).length <= NAMES_MAX, {
      error: `At most ${String(NAMES_MAX)} names can stand here.`,
    })
    .default({})
    .describe('Names at Google of events, where they are to be others than the usual ones.'),
  userId: z
    .enum(['none', 'externalId'])
    .default('none')
    .describe('`externalId` sends the shop’s own id of a customer as `user_id`.'),
  consent: ConsentRules.prefault({}),
});
export type GoogleAnalytics = z.infer<typeof GoogleAnalytics>;
