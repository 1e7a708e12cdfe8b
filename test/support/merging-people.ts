import { attributeSource } from '#domain/profile/attribute-sources.ts';
import type { MergingWorld } from './merging-world.ts';

type Peopled = Pick<MergingWorld, 'profiles' | 'orders' | 'identities' | 'events'>;

/** Everything that is known of each customer, by profile id, as it should not depend on the way. */
export function peopleOf(world: Peopled): Record<string, unknown> {
  const living = [...world.profiles.values()].filter(({ mergedInto }) => mergedInto === null);
  return Object.fromEntries(
    living.map((profile) => {
      const { _id, attributes, attributeTimes, consents, traits, cart, cartCuts } = profile;
      const { lastEventAt, devices, language, zone, segmentState, segments = [] } = profile;
      const { interests = [], interestCuts = [] } = profile;
      const names = Object.keys(attributeTimes);
      const sources = names.map((name) => [name, attributeSource(profile, name)]).sort();
      const orders = [...world.orders.values()].filter(({ profileId }) => profileId === _id);
      const identities = [...world.identities.values()].filter(
        ({ profileId, kind }) => profileId === _id && kind !== 'merged',
      );
      return [
        _id,
        {
          ...{ attributes, attributeTimes, consents, traits, cart, cartCuts, lastEventAt },
          ...{
            devices,
            language,
            zone,
            kept: segmentState?.kept,
            interests,
            interestCuts,
            sources,
          },
          segments: segments.map(({ key }) => key),
          orders: orders.sort((a, b) => (a._id < b._id ? -1 : 1)),
          identities: identities.map((one) => [one._id, one.externalOf]).sort(),
          events: world.events
            .filter(({ profileId, source }) => profileId === _id && source === 'server')
            .map(({ _id: id }) => id)
            .sort(),
        },
      ];
    }),
  );
}
