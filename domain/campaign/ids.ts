import type { Wave } from '#domain/campaign/draw-place.ts';

/**
 * Ids of recipients, from which those of their messages are made: of one campaign to one customer
 * there is one (and one more where it is sent again), however often anything is repeated. The sign
 * between the parts is in no key and in no profile's id.
 */
export function recipientId(campaign: string, profileId: string, wave: Wave): string {
  const id = `${idsOf(campaign)}${profileId}`;
  return wave === 'resend' ? `${id}:resend` : id;
}

/** What the ids of all recipients of a campaign begin with. */
export function idsOf(campaign: string): string {
  return `campaign:${campaign}:`;
}

/** What stands as the journey of a campaign's messages: the key of none. */
export function journeyOfCampaign(campaign: string): string {
  return `campaign:${campaign}`;
}
