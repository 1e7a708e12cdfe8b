import type { Campaign } from '#domain/campaign/campaign.ts';
import { templatesOf } from '#domain/campaign/draw-place.ts';
import { untoldFaults } from '#domain/campaign/tells.ts';
import { invalid, type Fault } from '#domain/errors.ts';
import { channelsNamed } from '#domain/sending/wanted-channels.ts';
import type { Mongo } from '#platform/mongo.ts';
import { lackingChannels } from './lacking-channels.ts';

/**
 * Whether a campaign has what it needs to go out, as of now: one of which something is missing would
 * suppress everybody. @throws DomainError `invalid` with every fault
 */
export async function checkCampaign({ collections }: Mongo, campaign: Campaign): Promise<void> {
  const { segments, templates } = collections;
  const wanted = templatesOf(campaign);
  const [segment, stored] = await Promise.all([
    segments.findOne({ _id: campaign.segment }),
    templates.find({ _id: { $in: wanted.map(({ template }) => template) } }).toArray(),
  ]);
  const channels = channelsNamed(campaign).map(({ channel }) => channel);
  const found = (key: string) => stored.find(({ _id }) => _id === key)?.template;
  const faults = [
    ...segmentFaults(campaign.segment, segment),
    ...wanted.flatMap(({ template: key, pointer }): Fault[] => {
      const template = found(key);
      if (template === undefined) {
        const detail = `There is no template "${key}". Make it first: PUT /v1/templates/${key}.`;
        return [{ pointer, detail }];
      }
      return lackingChannels(template, channels).map((channel) => {
        const detail = `The template "${key}" has no content for ${channel}, in no language.`;
        return { pointer, detail };
      });
    }),
    ...untoldFaults(campaign, (key) => found(key)?.tracking),
  ];
  if (faults.length > 0) throw invalid('The campaign cannot start yet.', faults);
}

function segmentFaults(key: string, segment: { isKept: boolean } | null): Fault[] {
  const pointer = '#/segment';
  if (segment === null) {
    const detail = `There is no segment "${key}". Define it first: PUT /v1/segments/${key}.`;
    return [{ pointer, detail }];
  }
  if (segment.isKept) return [];
  const detail = `Nobody is in "${key}" until somebody asks: it speaks of a request, or of values to be filled in.`;
  return [{ pointer, detail }];
}
