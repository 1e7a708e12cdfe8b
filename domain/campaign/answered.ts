import type { MessageStatus } from '#domain/message/message.ts';

/** Whoever did one of these saw the message, or wants no other. */
const SAW: readonly MessageStatus[] = ['opened', 'read', 'clicked', 'unsubscribed', 'complained'];
const CAME_BACK: readonly MessageStatus[] = ['bounced', 'failed', 'suppressed'];

/**
 * Whether somebody is not to get a second message, by all that each of their messages ever was: they
 * saw one, or all came back. A channel of a cascade that failed says nothing where another one took it.
 */
export function isAnswered(messages: readonly (readonly MessageStatus[])[]): boolean {
  if (messages.some((history) => history.some((status) => SAW.includes(status)))) return true;
  return (
    messages.length > 0 &&
    messages.every((history) => history.some((status) => CAME_BACK.includes(status)))
  );
}
