import type { Fault } from '#domain/errors.ts';
import type { Journey } from '#domain/journey/journey.ts';
import type { Channel } from '#domain/message/message.ts';
import type { Template } from '#domain/template/template.ts';
import type { Collections } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';

interface NamedTemplate {
  pointer: string;
  template: string;
  channel: Channel;
}

function namedTemplates(journey: Journey): NamedTemplate[] {
  return Object.entries(journey.steps).flatMap(([id, step]) => {
    if (!('send' in step)) return [];
    const { send } = step;
    const tried = send.cascade?.map((one) => one.channel) ?? [send.channel];
    const channels = tried.filter((channel) => channel !== undefined);
    return channels.map((channel) => ({
      pointer: `#/steps/${id}/send/template`,
      template: send.template,
      channel,
    }));
  });
}

/** Every template a journey names that does not exist, or has no content for the channel it is for. */
export async function checkTemplates(
  c: Collections,
  journey: Journey,
  session?: Session,
): Promise<Fault[]> {
  const named = namedTemplates(journey);
  const keys = [...new Set(named.map(({ template }) => template))];
  const found = await c.templates
    .find({ _id: { $in: keys } }, session === undefined ? {} : { session })
    .project<{ _id: string; template: Template }>({ template: 1 })
    .toArray();
  const byKey = new Map(found.map(({ _id, template }) => [_id, template]));
  const faults = named.flatMap(({ pointer, template, channel }) => {
    const detail = faultOf(byKey.get(template), template, channel);
    return detail === null ? [] : [{ pointer, detail }];
  });
  // A template that is missing altogether is said once a step, not once a channel.
  return [...new Map(faults.map((fault) => [`${fault.pointer} ${fault.detail}`, fault])).values()];
}

function faultOf(template: Template | undefined, key: string, channel: Channel): string | null {
  if (template === undefined) return `There is no template \`${key}\`.`;
  const has = Object.values(template.languages).some((content) => content[channel] !== undefined);
  return has ? null : `The template \`${key}\` has no content for ${channel}.`;
}
