import { z } from 'zod';
import { warnUnasked } from '#domain/consent/warn-unasked.ts';
import { GateSettings } from '#domain/message/gate/gate-settings.ts';
import { entriesNow } from '#journeys/entries-now.ts';
import { putGateSettings, readGateSettings } from '#messages/gate-settings-store.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route } from '../route.ts';
import { Warnings } from '../segment-views.ts';
import { Instant, iso } from '../views.ts';

const SettingsReply = GateSettings.extend({
  revision: z.number().int().describe('Grows with each change; 0: nothing was ever set.'),
  updatedAt: Instant.nullable(),
  warnings: Warnings.optional(),
});

const EXAMPLES = {
  usual: {
    consentWhenUnknown: { sms: 'deny' },
    quietHours: { from: '21:00', to: '09:00', action: 'hold' },
    caps: [
      { channel: 'any', max: 2, per: 'day' },
      { channel: 'sms', max: 2, per: 'week' },
    ],
    minDistance: 'PT30M',
    holdoutPercent: 5,
  },
  nothing: {},
};

/** What the gate goes by for the whole shop. */
export function gateRoutes({ mongo, clock }: AppDeps): Route[] {
  const c = mongo.collections;
  const common = { path: '/v1/settings/gate', tag: 'Messages', status: 200 } as const;
  const read = async (): Promise<{ body: z.infer<typeof SettingsReply> }> => {
    const { settings, revision, updatedAt } = await readGateSettings(c);
    return {
      body: { ...settings, revision, updatedAt: revision === 0 ? null : iso(updatedAt) },
    };
  };
  return [
    route({
      ...common,
      method: 'get',
      id: 'readGateSettings',
      summary: 'Quiet hours, caps, distance and holdout for all marketing messages',
      scope: 'settings:read',
      reply: SettingsReply,
      handle: read,
    }),
    route({
      ...common,
      method: 'put',
      id: 'putGateSettings',
      summary: 'Set all that the gate goes by; what is not named is as if never set',
      description:
        'Every message decided after the answer goes by it; the answer takes a second for that. Transactional messages are subject to none of it. docs/gate.md says what each rule does. `warnings` name channels of `doubleOptIn` in which no live journey would ask anybody to confirm.',
      scope: 'settings:write',
      body: { schema: GateSettings, examples: EXAMPLES },
      reply: SettingsReply,
      async handle({ body }) {
        await putGateSettings(mongo, body, clock());
        const isDouble = body.doubleOptIn.length > 0;
        const warnings = isDouble ? warnUnasked(body.doubleOptIn, await entriesNow(c)) : [];
        return { body: { ...(await read()).body, warnings } };
      },
    }),
  ];
}
