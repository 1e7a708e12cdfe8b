/** What stands as the journey of messages that were asked for by themselves: the key of none. */
export const JOURNEY_OF_SENDS = 'api:messages';

/** The journeys of messages that belong to no run begin like this; no key of a journey does. */
export const BESIDE_RUNS = /^(api|campaign):/;

/** The one id of a message, made from that of its send: a repeat is the same message. */
export function sendMessageId(send: string, step: string, index: number): string {
  return `${send}/${step}/0/${String(index)}`;
}

/** The place of a message in its cascade; null: it is none of this send's. */
export function indexOfMessage(send: string, messageId: string): number | null {
  if (!messageId.startsWith(`${send}/`)) return null;
  const index = Number(messageId.slice(messageId.lastIndexOf('/') + 1));
  return Number.isInteger(index) ? index : null;
}
