import type { SiteChannel } from '#domain/message/message.ts';
import { DAY_MS, longestMs } from '#domain/time/duration.ts';

/** Where a template says nothing: a season's offers are over by then, and an inbox is looked at rarely. */
const LIVES: Readonly<Record<SiteChannel, number>> = {
  'in-app': 30 * DAY_MS,
  widget: 30 * DAY_MS,
  inbox: 90 * DAY_MS,
};

/** For how long a message is shown from when it was sent, in ms. */
export function siteLifeMs({
  channel,
  expires,
}: {
  channel: SiteChannel;
  expires?: string;
}): number {
  return expires === undefined ? LIVES[channel] : longestMs(expires);
}
