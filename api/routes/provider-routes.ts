import { z } from 'zod';
import { SITE_CAPABILITIES, SITE_PROVIDER } from '#channels/site/site-provider.ts';
import { CHANNELS, isSiteChannel, type Channel } from '#domain/message/message.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route } from '../route.ts';
import { Instant, iso } from '../views.ts';

const BREAKER_STATES = ['closed', 'halfOpen', 'open'] as const;

const ProviderView = z.object({
  channel: z.enum(CHANNELS),
  provider: z.string(),
  place: z.number().int().describe('1 is the first choice of its channel; others stand by.'),
  capabilities: z.object({
    deliveryReceipts: z.boolean(),
    openReceipts: z.boolean(),
    acceptanceReceipts: z.boolean(),
    lookup: z.boolean().describe('It can be asked whether it took a message.'),
    idempotent: z.boolean().describe('It takes a message once, however often it is called.'),
    maxLength: z.number().int().nullable().describe('Characters of a text; null: by bytes.'),
    images: z.boolean(),
    costMicros: z.number().int().describe('Rough price of a message, in 1e-6 US dollars.'),
  }),
  health: z
    .array(
      z.object({
        worker: z.string(),
        at: Instant,
        state: z
          .enum(BREAKER_STATES)
          .describe('`closed`: healthy; `open`: left alone; `halfOpen`: being tried again.'),
        probeAt: Instant.nullable().describe('When it is tried again.'),
      }),
    )
    .describe('As each worker that is there sees it.'),
});
type ProviderView = z.infer<typeof ProviderView>;

/** Who carries the messages, what may be relied on, and who of them is well. */
export function providerRoutes(deps: AppDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/providers',
      id: 'listProviders',
      tag: 'Support',
      summary: 'The providers in use, what each can do, and how it stands',
      scope: 'runs:read',
      status: 200,
      reply: z.object({ data: z.array(ProviderView) }),
      async handle() {
        const seen = await deps.providerHealth.seen();
        const data = CHANNELS.flatMap((channel) =>
          inUse(deps, channel).map(({ name, capabilities }, index): ProviderView => ({
            channel,
            provider: name,
            place: index + 1,
            capabilities,
            health: seen.flatMap(({ worker, at, providers }) =>
              providers
                .filter((one) => one.provider === name && one.channel === channel)
                .map(({ state, probeAt }) => ({
                  worker,
                  at: iso(at),
                  state: z.enum(BREAKER_STATES).parse(state),
                  probeAt: probeAt === null ? null : iso(probeAt),
                })),
            ),
          })),
        );
        return { body: { data } };
      },
    }),
  ];
}

/** On the shop's own pages it is Kairos itself that shows the message. */
function inUse(
  { providers }: AppDeps,
  channel: Channel,
): readonly Pick<AppDeps['providers'][Channel][number], 'name' | 'capabilities'>[] {
  if (!isSiteChannel(channel)) return providers[channel];
  return [{ name: SITE_PROVIDER, capabilities: SITE_CAPABILITIES }];
}
