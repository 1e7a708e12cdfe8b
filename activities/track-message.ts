import type { Content } from '#channels/provider.ts';
import type { MessageLink } from '#domain/message/message.ts';
import { TRAP_LINK } from '#domain/message/machine-look.ts';
import { JOURNEY_OF_SENDS } from '#domain/sending/ids.ts';
import { isPersonal, trackedOf, type Tracked } from '#domain/template/template-links.ts';
import { linkCode, signLink } from '#platform/signed-link.ts';
import type { TrackLink } from '#templates/mark-links.ts';
import type { PreparedTemplate } from '#templates/prepare-template.ts';
import { trackableLinks } from '#templates/trackable-link.ts';
import type { SendRequest, SendSettings } from './send-request.ts';

/** Links of one message that lead where only it says: far more than anybody puts into one. */
const LINKS_MAX = 200;

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
  /** Hosts known as the shop's beside those the template writes out. */
  knownHosts: readonly string[];
}

/**
 * What is tracked of a message, and its links. The tokens name the message and the link by numbers,
 * so that an address gives nobody away; where they lead stands in the template's version, or with
 * the message where each says it for itself.
 */
export function trackMessage(parts: Parts): MessageTracking {
  const { request, template } = parts;
  const links: MessageLink[] = [];
  if (template.links === null) return { track: undefined, dress: untracked(request), links };
  const tracked = trackedOf(template.tracking, request.tracking, request.channel);
  return {
    track: tracked.clicks ? tracker(parts, links) : undefined,
    dress: (content) => dressed(parts, tracked, content),
    links,
  };
}

/** Whether what it shows may be a secret: whoever asks for one message may send a link by it. */
function isSecret({ journey }: SendRequest): boolean {
  return journey === JOURNEY_OF_SENDS;
}

/** A template that is older than links is left to its provider, unless that would tell a secret. */
function untracked(request: SendRequest): MessageTracking['dress'] {
  return (content) =>
    content.channel === 'email' && isSecret(request) ? { ...content, ownTracking: true } : content;
}

function tracker(parts: Parts, links: MessageLink[]): TrackLink {
  const { settings, template, knownHosts } = parts;
  const { channel } = parts.request;
  const known = new Map<string, string>();
  const linkTo = trackableLinks(template, { ...settings, knownHosts });
  return (number, url) => {
    const link = linkTo(number, url);
    // It would be kept with the message, and told of by a click: a link that resets a password.
    if (link === null || (isPersonal(link) && isSecret(parts.request))) return null;
    const same = `${String(number)} ${url}`;
    const handedOut = known.get(same);
    if (handedOut !== undefined) return handedOut;
    if (channel === 'email' && !isPersonal(link)) return nameOf(parts, { n: String(number) });
    if (links.length >= LINKS_MAX) return null;
    const place = String(links.length);
    // A text message is paid by its length.
    const code = channel === 'email' ? undefined : codeOf(parts, place);
    links.push({ n: number, url, ...(code !== undefined && { code }) });
    const address =
      code === undefined
        ? nameOf(parts, { n: String(number), p: place })
        : `${baseOf(parts.settings)}/s/${code}`;
    known.set(same, address);
    return address;
  };
}

function codeOf({ settings, request }: Parts, place: string): string {
  return linkCode(settings.linkSecret, `${request.messageId}/${place}`);
}

/** The signed name of a link, by its number in its version; `p`: its place in the message. */
function nameOf(
  { settings, request, template }: Parts,
  which: { n: string } | { n: string; p: string },
): string {
  const of = `${template.key}@${String(template.revision)}`;
  const token = signLink(settings.linkSecret, { click: request.messageId, of, ...which });
  return `${baseOf(settings)}/l/${token}`;
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
function trapOf(parts: Parts): string {
  const href = nameOf(parts, { n: String(TRAP_LINK) });
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
