import type { Campaign } from '#domain/campaign/campaign.ts';
import { templateOf } from '#domain/campaign/draw-place.ts';
import type { Fault } from '#domain/errors.ts';
import type { Channel } from '#domain/message/message.ts';
import { trackedOf, type Tracking } from '#domain/template/template-links.ts';

/** Whether anybody is ever told that a message of this channel was opened. */
function tellsOpens(channel: Channel, tracking: Tracking | undefined): boolean {
  if (channel === 'sms') return false;
  return channel !== 'email' || trackedOf(tracking, undefined, channel).opens;
}

/** The same of clicks: an app and a page tell of them by themselves, other channels by their links. */
function tellsClicks(channel: Channel, tracking: Tracking | undefined): boolean {
  const isByLinks = channel === 'email' || channel === 'sms' || channel === 'viber';
  return !isByLinks || trackedOf(tracking, undefined, channel).clicks;
}

/**
 * What a campaign wants to go by and will never be told: its second message would go to everybody, its
 * winner would be the variant that stands first. `trackingOf`: what a template says of tracking.
 */
export function untoldFaults(
  campaign: Campaign,
  trackingOf: (template: string) => Tracking | undefined,
): Fault[] {
  const said = (template: string): Tracking | undefined =>
    campaign.tracking === false ? false : trackingOf(template);
  return [...resendFaults(campaign, said), ...winnerFaults(campaign, said)];
}

function channelsOf({ channel, cascade }: Campaign): Channel[] {
  return cascade?.map((one) => one.channel) ?? (channel === undefined ? [] : [channel]);
}

/** Templates of the first message, by variant. */
function firstTemplates(campaign: Campaign): string[] {
  const variants = campaign.experiment?.variants.map(({ key }) => key) ?? [null];
  return variants.map((variant) => templateOf(campaign, { wave: 'main', variant }));
}

function resendFaults(
  campaign: Campaign,
  trackingOf: (template: string) => Tracking | undefined,
): Fault[] {
  if (campaign.resend === undefined) return [];
  const untold = channelsOf(campaign).find((channel) =>
    firstTemplates(campaign).some((template) => !tellsOpens(channel, trackingOf(template))),
  );
  if (untold === undefined) return [];
  const detail = `Nobody is told whether a message by ${untold} was opened, so everybody would get it twice. ${remedy(untold)}, or leave "resend" out.`;
  return [{ pointer: '#/resend', detail }];
}

/** A variant of which nothing is ever told would always lose. */
function winnerFaults(
  campaign: Campaign,
  trackingOf: (template: string) => Tracking | undefined,
): Fault[] {
  const winner = campaign.experiment?.winner;
  if (winner === undefined) return [];
  const tells = winner.by === 'opens' ? tellsOpens : tellsClicks;
  const channels = channelsOf(campaign);
  const untold = firstTemplates(campaign).find(
    (template) => !channels.some((channel) => tells(channel, trackingOf(template))),
  );
  if (untold === undefined) return [];
  const detail = `Nobody is told of ${winner.by} of the template "${untold}" in ${channels.join(', ')}, so there would be no winner. Let them be tracked ("tracking" of the template), or choose another "by".`;
  return [{ pointer: '#/experiment/winner/by', detail }];
}

function remedy(channel: Channel): string {
  return channel === 'email'
    ? 'Let openings be tracked ("tracking" of the template)'
    : 'Send by another channel';
}
