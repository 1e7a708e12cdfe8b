import type { Channel } from '#domain/message/message.ts';
import type { Template } from '#domain/template/template.ts';

/** Of some channels, those that a template has no content for in any language. */
export function lackingChannels(
  { languages }: Pick<Template, 'languages'>,
  channels: readonly Channel[],
): Channel[] {
  const contents = Object.values(languages);
  return channels.filter((channel) => contents.every((content) => content[channel] === undefined));
}
