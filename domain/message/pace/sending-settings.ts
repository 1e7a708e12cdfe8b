import { z } from 'zod';
import { ALL_OTHERS, familyOf } from '#domain/message/pace/mailbox-providers.ts';
import { isZone } from '#domain/time/zone.ts';

/** Days of a plan: those who warm up for longer than four months do something else. */
const DAYS_MAX = 120;
/** Mails a day: more than any one installation sends. */
const NUMBER_MAX = 100_000_000;
/** Beyond a hundredfold a day nothing is warmed up; below this a plan never comes to its end. */
const FACTOR_MAX = 100;
const FACTOR_MIN = 1.01;
/** There are two ways of sending mail, and room. */
const PLANS_MAX = 10;
/** Mailbox providers that somebody sets a rate for; all of them stand in one document. */
export const LINES_MAX = 30;
/** Mails a minute or an hour to one mailbox provider. */
const RATE_MAX = 10_000_000;
const PROVIDER_MAX = 64;

const MailsADay = z.int().min(1).max(NUMBER_MAX);

const Growth = z
  .strictObject({
    first: MailsADay.meta({ description: 'The number of the first day.' }),
    factor: z.number().min(FACTOR_MIN).max(FACTOR_MAX),
    until: MailsADay.meta({ description: 'The first day that would reach it has no limit.' }),
  })
  .refine(({ first, factor, until }) => first * factor ** DAYS_MAX >= until, {
    path: ['factor'],
    error: `The plan must come to its end within ${String(DAYS_MAX)} days: grow faster.`,
  });

/** How many mails of each day go out through one provider while it is new. */
export const WarmUpPlan = z.strictObject({
  provider: z.string().min(1).max(PROVIDER_MAX).meta({ description: '`sendgrid` or `smtp`.' }),
  startsOn: z.iso
    .date({ error: 'Write a day such as 2026-11-30.' })
    .meta({ description: 'The first day; before it nothing is limited.' }),
  perDay: z
    .union([z.array(MailsADay).min(1).max(DAYS_MAX), Growth])
    .meta({ description: 'The number of each day, or how it grows; after the last, no limit.' }),
  zone: z
    .string()
    .refine(isZone, 'Write an IANA time zone such as Europe/Berlin.')
    .optional()
    .meta({ description: 'Whose midnight begins a day; absent: the zone of the shop.' }),
});
export type WarmUpPlan = z.infer<typeof WarmUpPlan>;

const Rate = z.int().min(1).max(RATE_MAX);

/** How many mails one mailbox provider gets. */
export const DomainRate = z
  .strictObject({ perMinute: Rate.optional(), perHour: Rate.optional() })
  .refine(({ perMinute, perHour }) => perMinute !== undefined || perHour !== undefined, {
    error: 'Set `perMinute`, `perHour` or both.',
  });
export type DomainRate = z.infer<typeof DomainRate>;

const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/;

const DomainRates = z
  .record(z.string(), DomainRate)
  .superRefine((rates, context) => {
    const names = Object.keys(rates);
    if (names.length > LINES_MAX) {
      const message = `At most ${String(LINES_MAX)} domains have rates.`;
      context.addIssue({ code: 'custom', message });
    }
    for (const [place, name] of names.entries()) {
      const message = lineFault(name, names.slice(0, place));
      if (message !== null) context.addIssue({ code: 'custom', path: [name], message });
    }
  })
  .meta({
    description:
      'By domain, in small letters; `*` means all others together. One domain of a mailbox provider that has several (gmail.com, outlook.com, yahoo.com …) means all of them.',
  });

function lineFault(name: string, before: readonly string[]): string | null {
  if (name !== ALL_OTHERS && !DOMAIN.test(name)) {
    return 'Write a domain such as gmail.com in small letters, or * for all others.';
  }
  const same = before.find((one) => familyOf(one) === familyOf(name));
  if (same === undefined) return null;
  return `${same} and ${name} are mailboxes of one provider: one line means both.`;
}

/** How fast mail goes out: what is not named is as if never set. */
export const SendingSettings = z.strictObject({
  warmUp: z
    .array(WarmUpPlan)
    .max(PLANS_MAX)
    .superRefine((plans, context) => {
      for (const [place, { provider }] of plans.entries()) {
        if (plans.findIndex((one) => one.provider === provider) === place) continue;
        const message = 'This provider has a plan already.';
        context.addIssue({ code: 'custom', path: [place, 'provider'], message });
      }
    })
    .default([]),
  domains: DomainRates.default({}),
});
export type SendingSettings = z.infer<typeof SendingSettings>;

/** As if nothing was ever set. */
export const NO_SENDING_SETTINGS: SendingSettings = SendingSettings.parse({});
