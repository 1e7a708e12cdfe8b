/**
 * The links that a message may hold, made from the one to leave: all carry the same signed token,
 * for whoever reads the message may leave, choose what they get, and confirm that they asked for it.
 */
export function linksBeside(
  unsubscribe: string,
): Record<'unsubscribe' | 'preferences' | 'confirm', string> {
  const to = (page: string): string => unsubscribe.replace('/v1/unsubscribe/', `/v1/${page}/`);
  return { unsubscribe, preferences: to('preferences'), confirm: to('confirm') };
}
