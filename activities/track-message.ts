import type { Content } from '#channels/provider.ts';
import type { MessageLink } from '#domain/message/message.ts';
import { TRAP_LINK } from '#domain/message/machine-look.ts';
import { isHostAllowed, isPersonal, trackedOf, type Tracked } from '#domain/template/template-links.ts';
import { linkCode, signLink } from '#platform/signed-link.ts';
import type { TrackLink } from '#templates/mark-links.ts';
import type { PreparedTemplate } from '#templates/prepare-template.ts';
import type { SendRequest, SendSettings } from './send-request.ts';

/** Links of one message that lead where only it says: far more than anybody puts into one. */
const LINKS_MAX = 200;

/** Of Unicode's private use: stands for a voucher's code, which is written last of all. */
const UNFILLED = /[\uE000\uE001]|%EE%80%8[01]/;

/** How openings and clicks of one message are told. */
export interface MessageTracking {
  /** Hands out its links while it is rendered. */
  track: TrackLink | undefined;
  /** Puts in what nobody sees: the picture that tells of an opening, the link that only programs follow. */
  dress(content: Content): Content;
  /** Where the links lead that only this message knows, in the order in which tokens name them. */
  links: MessageLink[];
}

interface Parts {
  settings: SendSettings;
  request: SendRequest;
  template: PreparedTemplate;
}

/**
 * What is tracked of a message, and its links. The tokens name the message and the link by numbers,
 * so that an address gives nobody away; where they lead stands in the template's version, or with
 * the message where each says it for itself.
 */
export function trackMessage(parts: Parts): MessageTracking {
  const { request, template } = parts;
  const links: MessageLink[] = [];
  if (template.links === null) return { track: undefined, dress: (content) => content, links };
  const tracked = trackedOf(template.tracking, request.tracking, request.channel);
  return {
    track: tracked.clicks ? tracker(parts, links) : undefined,
    dress: (content) => dressed(parts, tracked, content),
    links,
  };
}

function tracker({ settings, request, template }: Parts, links: MessageLink[]): TrackLink {
  const { messageId, channel } = request;
  const of = `${template.key}@${String(template.revision)}`;
  const known = new Map<string, string>();
  return (number, url) => {
    const link = template.links?.get(number);
    if (link === undefined || UNFILLED.test(url)) return null;
    if (isPersonal(link) && !isHostAllowed(url, settings.linkHosts ?? [])) return null;
    const same = `${String(number)} ${url}`;
    const handedOut = known.get(same);
    if (handedOut !== undefined) return handedOut;
    const isKept = channel !== 'email' || isPersonal(link);
    if (isKept && links.length >= LINKS_MAX) return null;
    const place = links.length;
    const code = linkCode(settings.linkSecret, `${messageId}/${String(place)}`);
    if (isKept) links.push({ n: number, url, ...(channel !== 'email' && { code }) });
    const named = { click: messageId, of, n: String(number), ...(isKept && { p: String(place) }) };
    // A text message is paid by its length.
    const path = channel === 'email' ? `l/${signLink(settings.linkSecret, named)}` : `s/${code}`;
    const address = `${baseOf(settings)}/${path}`;
    known.set(same, address);
    return address;
  };
}

/** Without a slash at its end. */
function baseOf({ trackingUrl, publicUrl }: SendSettings): string {
  return (trackingUrl ?? publicUrl).replace(/\/+$/, '');
}

function dressed(parts: Parts, tracked: Tracked, content: Content): Content {
  if (content.channel !== 'email') return content;
  const { html } = content;
  const pixel = tracked.opens ? pixelOf(parts) : '';
  const trap = tracked.clicks ? trapOf(parts) : '';
  return { ...content, html: afterBody(beforeEnd(html, pixel), trap), ownTracking: true };
}

function pixelOf({ settings, request }: Parts): string {
  const token = signLink(settings.linkSecret, { open: request.messageId });
  return `<img src="${baseOf(settings)}/o/${token}" width="1" height="1" alt="" style="display:block;width:1px;height:1px;border:0">`;
}

/** First in the mail, for programs follow its links in their order. */
function trapOf({ settings, request, template }: Parts): string {
  const of = `${template.key}@${String(template.revision)}`;
  const named = { click: request.messageId, of, n: String(TRAP_LINK) };
  const href = `${baseOf(settings)}/l/${signLink(settings.linkSecret, named)}`;
  return `<a href="${href}" aria-hidden="true" tabindex="-1" rel="nofollow" style="display:none;max-height:0;overflow:hidden"></a>`;
}

function afterBody(html: string, put: string): string {
  if (put === '') return html;
  const body = /<body\b[^>]*>/i.exec(html);
  const at = body === null ? 0 : body.index + body[0].length;
  return html.slice(0, at) + put + html.slice(at);
}

function beforeEnd(html: string, put: string): string {
  if (put === '') return html;
  const found = Math.max(html.lastIndexOf('</body>'), html.lastIndexOf('</BODY>'));
  const at = found === -1 ? html.length : found;
  return html.slice(0, at) + put + html.slice(at);
}
