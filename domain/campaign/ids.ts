import type { Wave } from '#domain/campaign/draw-place.ts';

/**
 * Ids of recipients and, made from them, of messages: of one campaign to one customer there is one
 * (and one more where it is sent again), however often anything is repeated. The sign between the
 * parts is in no key and in no profile's id.
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

export function campaignMessageId(recipient: string, step: string, index: number): string {
  return `${recipient}/${step}/0/${String(index)}`;
}

/** The place of a message in its cascade; null: it is none of this recipient's. */
export function indexOfMessage(recipient: string, messageId: string): number | null {
  if (!messageId.startsWith(`${recipient}/`)) return null;
  const index = Number(messageId.slice(messageId.lastIndexOf('/') + 1));
  return Number.isInteger(index) ? index : null;
}
