import type { Liquid } from 'liquidjs';
import type { Channel } from '#domain/message/message.ts';
import { PERSONAL_ROOTS, type PersonalRoot } from '#domain/template/personal-content.ts';
import type { LocalisedContent, Template } from '#domain/template/template.ts';
import {
  hostsWrittenIn,
  type LinkPart,
  type TemplateLink,
  type Tracking,
} from '#domain/template/template-links.ts';
import type { StoredTemplate } from '#platform/documents.ts';
import { deriveText } from './derive-text.ts';
import { markedHtmlEngine, markedTextEngine, richTextEngine, textEngine } from './liquid-engine.ts';
import { markLinks } from './mark-links.ts';
import { prepareSites, RICH_PARTS, type PreparedSites } from './site-parts.ts';
import { readsOf } from './named-paths.ts';
import type { PreparedPart } from './prepared-part.ts';
import { requireValues } from './required-values.ts';

export interface PreparedContent extends PreparedSites {
  email?: { subject: PreparedPart; html: PreparedPart; text: PreparedPart };
  push?: { title: PreparedPart; body: PreparedPart; link?: PreparedPart };
  'web-push'?: {
    title: PreparedPart;
    body: PreparedPart;
    link?: PreparedPart;
    image?: PreparedPart;
  };
  sms?: { text: PreparedPart };
  viber?: {
    text: PreparedPart;
    image?: PreparedPart;
    button?: { title: PreparedPart; link: PreparedPart };
  };
}

/** A template ready to be rendered many times. */
export interface PreparedTemplate {
  key: string;
  kind: Template['kind'];
  /** What it is about; null: nothing one could unsubscribe from. */
  topic: string | null;
  revision: number;
  /** What it asks for that has to be read for each person (`cart`, `recommendations` …). */
  roots: ReadonlySet<PersonalRoot>;
  /** The pools it may show a voucher's code of. */
  pools: ReadonlySet<string>;
  /** Language -> content, in the order the marketer wrote them. */
  languages: ReadonlyMap<string, PreparedContent>;
  /** Its links by their numbers; null: it was published before links were tracked. */
  links: ReadonlyMap<number, TemplateLink> | null;
  /** The hosts that its links write out. */
  hosts: readonly string[];
  /** What it says of tracking; undefined: nothing. */
  tracking: Tracking | undefined;
}

/** The Liquid texts of one mail as they are rendered: the preheader within, the text part made. */
export interface EmailSources {
  subject: string;
  html: string;
  text: string;
}

export function emailSources(
  email: { subject: string; preheader?: string | undefined; text?: string | undefined },
  html: string,
): EmailSources {
  return {
    subject: email.subject,
    html: email.preheader === undefined ? html : withPreheader(html, email.preheader),
    text: email.text ?? deriveText(html),
  };
}

/** Any version of a template, or a draft as it would be published. */
export type ToPrepare = Pick<
  StoredTemplate,
  'template' | 'html' | 'expanded' | 'links' | 'revision'
>;

/** Parses everything once. Throws only if what is stored was not checked by `storeTemplate`. */
export function prepareTemplate(stored: ToPrepare): PreparedTemplate {
  const languages = new Map<string, PreparedContent>();
  const roots = new Set<PersonalRoot>();
  const pools = new Set<string>();
  const reads = { roots, pools };
  const part = (source: string, engine: Liquid): PreparedPart => parsePart(source, engine, reads);
  for (const [language, content] of Object.entries(languagesIn(stored))) {
    const links = (stored.links ?? []).filter((link) => link.language === language);
    languages.set(language, prepareContent(content, stored.html[language], { part, links }));
  }
  const { key, kind, topic = null, tracking } = stored.template;
  const links = stored.links && new Map(stored.links.map((link) => [link.number, link] as const));
  const hosts = hostsWrittenIn((stored.links ?? []).map(({ url }) => url));
  const { revision } = stored;
  const head = { key, kind, topic, revision, tracking };
  return { ...head, roots, pools, languages, links: links ?? null, hosts };
}

/** The languages as messages are made of them, blocks put in. */
function languagesIn({ template, expanded }: ToPrepare): Template['languages'] {
  return expanded?.languages ?? template.languages;
}

type Prepare = (source: string, engine: Liquid) => PreparedPart;

/** How the texts of one language are made ready. */
interface Preparing {
  part: Prepare;
  /** Of that language. */
  links: readonly TemplateLink[];
}

function prepareContent(
  content: LocalisedContent,
  compiled: string | undefined,
  preparing: Preparing,
): PreparedContent {
  const { email, push, 'web-push': webPush, sms, viber } = content;
  const { part } = preparing;
  // A click on what is shown there is told by the page itself: its links lead on directly.
  const prepared: PreparedContent = prepareSites(content, (source, name) =>
    part(source, RICH_PARTS.has(name) ? richTextEngine : textEngine),
  );
  if (email !== undefined) prepared.email = prepareEmail(email, compiled, preparing);
  if (push !== undefined) prepared.push = prepareNotification(push, 'push', preparing);
  if (webPush !== undefined) {
    const { image } = webPush;
    prepared['web-push'] = {
      ...prepareNotification(webPush, 'web-push', preparing),
      ...(image === undefined ? {} : { image: part(image, markedTextEngine) }),
    };
  }
  if (sms !== undefined) {
    prepared.sms = { text: part(marked(sms.text, ['sms', 'text'], preparing), markedTextEngine) };
  }
  if (viber !== undefined) prepared.viber = prepareViber(viber, preparing);
  return prepared;
}

/** The text part leads on directly: it is made from the HTML before the links are marked there. */
function prepareEmail(
  email: NonNullable<LocalisedContent['email']>,
  compiled: string | undefined,
  preparing: Preparing,
): NonNullable<PreparedContent['email']> {
  const html = compiled ?? email.html ?? '';
  const { subject, text } = emailSources(email, html);
  const body = emailSources({ ...email, text }, marked(html, ['email', 'html'], preparing)).html;
  return {
    subject: preparing.part(subject, markedTextEngine),
    html: preparing.part(body, markedHtmlEngine),
    text: preparing.part(text, markedTextEngine),
  };
}

function marked(
  text: string,
  [channel, part]: [channel: Channel, part: LinkPart],
  { links }: Preparing,
): string {
  const here = links.filter((link) => link.channel === channel && link.part === part);
  return here.length === 0 ? text : markLinks(text, here);
}

function prepareNotification(
  { title, body, link }: NonNullable<LocalisedContent['push']>,
  channel: 'push' | 'web-push',
  preparing: Preparing,
): NonNullable<PreparedContent['push']> {
  const { part } = preparing;
  return {
    title: part(title, markedTextEngine),
    body: part(body, markedTextEngine),
    ...(link === undefined
      ? {}
      : { link: part(marked(link, [channel, 'link'], preparing), markedTextEngine) }),
  };
}

function prepareViber(
  { text, image, button }: NonNullable<LocalisedContent['viber']>,
  preparing: Preparing,
): NonNullable<PreparedContent['viber']> {
  const ready = (source: string): PreparedPart => preparing.part(source, markedTextEngine);
  return {
    text: ready(marked(text, ['viber', 'text'], preparing)),
    ...(image === undefined ? {} : { image: ready(image) }),
    ...(button === undefined
      ? {}
      : {
          button: {
            title: ready(button.title),
            link: ready(marked(button.link, ['viber', 'button'], preparing)),
          },
        }),
  };
}

/** The languages in which a template can speak in this channel. */
export function languagesOf(template: PreparedTemplate, channel: Channel): string[] {
  return [...template.languages]
    .filter(([, content]) => content[channel] !== undefined)
    .map(([language]) => language);
}

function parsePart(
  source: string,
  engine: Liquid,
  reads: { roots: Set<PersonalRoot>; pools: Set<string> },
): PreparedPart {
  const templates = engine.parse(source);
  const { roots, pools } = readsOf(templates);
  for (const root of PERSONAL_ROOTS) if (roots.includes(root)) reads.roots.add(root);
  for (const pool of pools) reads.pools.add(pool);
  requireValues(templates, engine);
  return { engine, templates };
}

const HIDDEN =
  'display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden';

/** What inboxes show beside the subject is the first text of the mail; so it is put there, unseen. */
function withPreheader(html: string, preheader: string): string {
  const line = `<div style="${HIDDEN}">${escapeAroundLiquid(preheader)}</div>`;
  const body = /<body\b[^>]*>/i.exec(html);
  if (body === null) return line + html;
  const at = body.index + body[0].length;
  return html.slice(0, at) + line + html.slice(at);
}

/** The marketer's own words are text, not markup; what Liquid prints among them is escaped by Liquid. */
function escapeAroundLiquid(text: string): string {
  return text
    .split(/(\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\})/)
    .map((piece, index) => (index % 2 === 1 ? piece : escapeHtml(piece)))
    .join('');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
