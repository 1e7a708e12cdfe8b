import { z } from 'zod';
import { DomainError, invalid } from '#domain/errors.ts';
import { CARRIED_CHANNELS, type CarriedChannel } from '#domain/message/message.ts';
import { liftSuppression, putSuppression } from '#messages/manual-suppression.ts';
import type { StoredSuppression } from '#platform/documents.ts';
import { normalizeEmail, normalizePhone } from '#profiles/normalize-addresses.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route } from '../route.ts';
import { Instant, iso } from '../views.ts';

/** Longer than any address; a device's token is the longest. */
const ADDRESS_MAX = 4_096;
/** A word or two for support. */
const REASON_MAX = 100;

const Whom = {
  channel: z.enum(CARRIED_CHANNELS),
  address: z.string().min(1).max(ADDRESS_MAX).describe('E-mail, E.164 number or device token.'),
};

const SuppressionBody = z.strictObject({
  ...Whom,
  reason: z.string().min(1).max(REASON_MAX).default('manual').describe('For support; no names.'),
  scope: z
    .enum(['all', 'marketing'])
    .default('all')
    .describe('`marketing`: transactional messages still go there.'),
});

const SuppressionReply = z.object({
  channel: z.enum(CARRIED_CHANNELS),
  reason: z.string(),
  scope: z.enum(['all', 'marketing']),
  at: Instant,
});

const EXAMPLE = { channel: 'email', address: 'anna@shop.example', reason: 'asked by letter' };

/** Addresses that nobody may be reached at: kept as hashes. */
export function suppressionRoutes({ mongo, clock, config }: AppDeps): Route[] {
  const common = { method: 'post', tag: 'Messages', scope: 'messages:write', status: 200 } as const;
  const canonical = (channel: CarriedChannel, address: string): string => {
    const found = canonicalOf(channel, address, config.KAIROS_COUNTRY);
    if (found !== null) return found;
    const detail = `This is no address of the channel ${channel}.`;
    throw invalid('The address is not right.', [{ pointer: '#/address', detail }]);
  };
  return [
    route({
      ...common,
      path: '/v1/suppressions',
      id: 'suppressAddress',
      summary: 'Never send to an address again',
      description:
        'The first reason stands; `all` after `marketing` widens it, and any takes the place of `unsubscribed`. 201 when the address was on no list.',
      body: { schema: SuppressionBody, examples: { letter: EXAMPLE } },
      reply: SuppressionReply,
      async handle({ body: { channel, address, reason, scope } }) {
        const said = { channel, address: canonical(channel, address), reason, scope };
        const { stored, created } = await putSuppression(mongo, { ...said, at: clock() });
        return { body: view(stored), status: created ? 201 : 200 };
      },
    }),
    route({
      ...common,
      path: '/v1/suppressions/lift',
      id: 'liftSuppression',
      summary: 'Take an address off the list again',
      description:
        'Where somebody left the address by a link besides, that stays as `unsubscribed` and takes a second call.',
      body: {
        schema: z.strictObject(Whom),
        examples: { lift: { channel: EXAMPLE.channel, address: EXAMPLE.address } },
      },
      reply: SuppressionReply.describe('As it stood.'),
      errors: ['not-found'],
      async handle({ body: { channel, address } }) {
        const whom = { channel, address: canonical(channel, address), at: clock() };
        const stored = await liftSuppression(mongo, whom);
        if (stored === null) {
          throw new DomainError('not-found', 'This address is not on the suppression list.');
        }
        return { body: view(stored) };
      },
    }),
  ];
}

/** As profiles hold it, so that it is found there. */
function canonicalOf(
  channel: CarriedChannel,
  address: string,
  country: string | undefined,
): string | null {
  if (channel === 'email') return normalizeEmail(address);
  return channel === 'sms' || channel === 'viber' ? normalizePhone(address, country) : address;
}

function view({ channel, reason, scope, at }: StoredSuppression): z.infer<typeof SuppressionReply> {
  return {
    channel: z.enum(CARRIED_CHANNELS).parse(channel),
    reason,
    scope: scope ?? 'all',
    at: iso(at),
  };
}
