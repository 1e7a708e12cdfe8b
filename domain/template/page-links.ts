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

/**
 * Whether an address is one of these pages, below Kairos' own address. They are never tracked: who
 * leaves by one must get there whatever becomes of a click, and one-click clients post to it.
 */
export function isPageLink(url: string, publicUrl: string): boolean {
  if (!URL.canParse(url) || !URL.canParse(publicUrl)) return false;
  const [link, own] = [new URL(url), new URL(publicUrl)];
  const base = own.pathname.replace(/\/+$/, '');
  if (link.host !== own.host || !link.pathname.startsWith(`${base}/`)) return false;
  return /^\/v1\/(?:unsubscribe|preferences|confirm)\//.test(link.pathname.slice(base.length));
}
