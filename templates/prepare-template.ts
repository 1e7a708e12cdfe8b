import type { Liquid } from 'liquidjs';
import type { Channel } from '#domain/message/message.ts';
import { PERSONAL_ROOTS, type PersonalRoot } from '#domain/template/personal-content.ts';
import type { LocalisedContent, Template } from '#domain/template/template.ts';
import type { StoredTemplate } from '#platform/documents.ts';
import { deriveText } from './derive-text.ts';
import { htmlEngine, textEngine } from './liquid-engine.ts';
import { prepareSites, type PreparedSites } from './site-parts.ts';
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
export type ToPrepare = Pick<StoredTemplate, 'template' | 'html' | 'expanded' | 'revision'>;

/** Parses everything once. Throws only if what is stored was not checked by `storeTemplate`. */
export function prepareTemplate(stored: ToPrepare): PreparedTemplate {
  const languages = new Map<string, PreparedContent>();
  const roots = new Set<PersonalRoot>();
  const pools = new Set<string>();
  const reads = { roots, pools };
  const part = (source: string, engine: Liquid): PreparedPart => parsePart(source, engine, reads);
  for (const [language, content] of Object.entries(languagesIn(stored))) {
    languages.set(language, prepareContent(content, stored.html[language], part));
  }
  const { key, kind, topic = null } = stored.template;
  return { key, kind, topic, revision: stored.revision, roots, pools, languages };
}

/** The languages as messages are made of them, blocks put in. */
function languagesIn({ template, expanded }: ToPrepare): Template['languages'] {
  return expanded?.languages ?? template.languages;
}

type Prepare = (source: string, engine: Liquid) => PreparedPart;

function prepareContent(
  content: LocalisedContent,
  compiled: string | undefined,
  part: Prepare,
): PreparedContent {
  const { email, push, 'web-push': webPush, sms, viber } = content;
  const prepared: PreparedContent = prepareSites(content, (source) => part(source, textEngine));
  if (email !== undefined) {
    const sources = emailSources(email, compiled ?? email.html ?? '');
    prepared.email = {
      subject: part(sources.subject, textEngine),
      html: part(sources.html, htmlEngine),
      text: part(sources.text, textEngine),
    };
  }
  if (push !== undefined) prepared.push = prepareNotification(push, part);
  if (webPush !== undefined) {
    const { image } = webPush;
    prepared['web-push'] = {
      ...prepareNotification(webPush, part),
      ...(image === undefined ? {} : { image: part(image, textEngine) }),
    };
  }
  if (sms !== undefined) prepared.sms = { text: part(sms.text, textEngine) };
  if (viber !== undefined) prepared.viber = prepareViber(viber, part);
  return prepared;
}

function prepareNotification(
  { title, body, link }: NonNullable<LocalisedContent['push']>,
  part: Prepare,
): NonNullable<PreparedContent['push']> {
  return {
    title: part(title, textEngine),
    body: part(body, textEngine),
    ...(link === undefined ? {} : { link: part(link, textEngine) }),
  };
}

function prepareViber(
  { text, image, button }: NonNullable<LocalisedContent['viber']>,
  part: Prepare,
): NonNullable<PreparedContent['viber']> {
  return {
    text: part(text, textEngine),
    ...(image === undefined ? {} : { image: part(image, textEngine) }),
    ...(button === undefined
      ? {}
      : { button: { title: part(button.title, textEngine), link: part(button.link, textEngine) } }),
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
