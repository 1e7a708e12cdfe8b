import { z } from 'zod';
import { PROVIDER_KINDS } from '#channels/catalogue.ts';
import { SendingSettings } from '#domain/message/pace/sending-settings.ts';
import { usedNow } from '#domain/message/pace/used-now.ts';
import { readPace } from '#messages/pace-store.ts';
import { putSendingSettings, readSendingSettings } from '#messages/sending-settings-store.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route } from '../route.ts';
import { Instant, iso } from '../views.ts';

const MAIL_PROVIDERS: readonly string[] = PROVIDER_KINDS.filter(
  ({ channel }) => channel === 'email',
).map(({ name }) => name);

/** A slip would leave the new provider without its plan. */
const Settings = SendingSettings.superRefine(({ warmUp }, context) => {
  for (const [place, { provider }] of warmUp.entries()) {
    if (MAIL_PROVIDERS.includes(provider)) continue;
    const message = `Name a provider of mail: ${MAIL_PROVIDERS.join(' or ')}.`;
    context.addIssue({ code: 'custom', path: ['warmUp', place, 'provider'], message });
  }
});

const Count = z.number().int();

const SettingsReply = z.object({
  ...SendingSettings.shape,
  revision: Count.describe('Grows with each change; 0: nothing was ever set.'),
  updatedAt: Instant.nullable(),
  use: z
    .object({
      warmUp: z
        .array(
          z.object({
            provider: z.string(),
            day: z.string().describe('Today, by the plan’s zone.'),
            sent: Count.describe('With those that are transactional.'),
            free: Count.describe('How many of the number may have gone by now.'),
            number: Count.nullable().describe('Null: the plan limits nothing today.'),
            held: Count.describe('How often one was put off to a later hour or day.'),
          }),
        )
        .describe('By plan.'),
      domains: z
        .array(
          z.object({
            domain: z.string().describe('As the settings name it.'),
            minute: Count.nullable().describe('Within the last minute; null: there is no rate.'),
            hour: Count.nullable(),
            today: Count.describe('On this calendar day of the shop.'),
          }),
        )
        .describe('By line.'),
    })
    .describe('What was counted so far.'),
});

const EXAMPLES = {
  usual: {
    warmUp: [
      {
        provider: 'smtp',
        startsOn: '2026-11-30',
        perDay: { first: 50, factor: 2, until: 20_000 },
        zone: 'Europe/Berlin',
      },
    ],
    domains: { 'gmail.com': { perMinute: 600, perHour: 20_000 }, '*': { perMinute: 300 } },
  },
  nothing: {},
};

/** How fast mail goes out. */
export function sendingRoutes({ mongo, clock, config }: AppDeps): Route[] {
  const c = mongo.collections;
  const common = { path: '/v1/settings/sending', tag: 'Messages', status: 200 } as const;
  const read = async (): Promise<{ body: z.infer<typeof SettingsReply> }> => {
    const [{ settings, revision, updatedAt }, use] = await Promise.all([
      readSendingSettings(c),
      readPace(c),
    ]);
    return {
      body: {
        ...settings,
        revision,
        updatedAt: revision === 0 ? null : iso(updatedAt),
        use: usedNow({ settings, zone: config.KAIROS_ZONE }, use, clock()),
      },
    };
  };
  return [
    route({
      ...common,
      method: 'get',
      id: 'readSendingSettings',
      summary: 'Warm-up plans and rates of mailbox providers, and what is used of them',
      scope: 'settings:read',
      reply: SettingsReply,
      handle: read,
    }),
    route({
      ...common,
      method: 'put',
      id: 'putSendingSettings',
      summary: 'Set how fast mail goes out; what is not named is as if never set',
      description:
        'Every mail decided after the answer goes by it; the answer takes a second for that. docs/warm-up.md says what each does.',
      scope: 'settings:write',
      body: { schema: Settings, examples: EXAMPLES },
      reply: SettingsReply,
      async handle({ body }) {
        await putSendingSettings(mongo, body, clock());
        return read();
      },
    }),
  ];
}
