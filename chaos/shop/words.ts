import type { Action, Customer, Speaker } from './customer.ts';

/** Calls of one action as Segment's clients would make them; `at` is epoch ms. */
export function callsOf(
  customer: Customer,
  action: Action,
  { place, at }: { place: number; at: number },
): Record<string, unknown>[] {
  const messageId = `${customer.id}-${String(place)}`;
  const timestamp = new Date(at).toISOString();
  switch (action.do) {
    case 'identify':
      return [identifyOf(customer, action, { messageId, timestamp })];
    case 'track': {
      const { event, properties = {}, agoS = 0, speed } = action;
      return [
        {
          type: 'track',
          messageId,
          ...who(customer, action.as),
          event,
          properties,
          timestamp: new Date(at - agoS * 1_000).toISOString(),
          ...(speed === undefined ? {} : { context: { rehearsal: { speed } } }),
        },
      ];
    }
    case 'alias': {
      const { id: userId, anonymousId: previousId } = customer;
      return [{ type: 'alias', messageId, userId, previousId, timestamp }];
    }
    case 'browse':
      return Array.from({ length: action.pages }, (_, page) => ({
        type: 'page',
        messageId: `${messageId}-${String(page)}`,
        userId: customer.id,
        name: `Page ${String(page)}`,
        timestamp,
      }));
    case 'request':
    case 'see':
      return [];
  }
}

function identifyOf(
  customer: Customer,
  { as, push, sms }: Extract<Action, { do: 'identify' }>,
  stamp: { messageId: string; timestamp: string },
): Record<string, unknown> {
  const { email, phone, token } = customer;
  return {
    type: 'identify',
    ...stamp,
    ...who(customer, as),
    traits: { email, phone },
    context: {
      ...(push === true ? { device: { token } } : {}),
      ...(sms === true ? { consent: { categoryPreferences: { sms: true } } } : {}),
    },
  };
}

function who({ id, anonymousId }: Customer, as: Speaker): Record<string, string> {
  return {
    ...(as === 'guest' ? {} : { userId: id }),
    ...(as === 'known' ? {} : { anonymousId }),
  };
}
