import type { Liquid, Template as LiquidTemplate } from 'liquidjs';
import type { Channel } from '#domain/message/message.ts';
import type { LocalisedContent, Template } from '#domain/template/template.ts';
import type { StoredTemplate } from '#platform/documents.ts';
import { deriveText } from './derive-text.ts';
import { htmlEngine, textEngine } from './liquid-engine.ts';
import { requireValues } from './required-values.ts';

/** One Liquid text, parsed, with the engine that renders it. */
export interface PreparedPart {
  engine: Liquid;
  templates: LiquidTemplate[];
}

export interface PreparedContent {
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

/** Parses everything once. Throws only if what is stored was not checked by `storeTemplate`. */
export function prepareTemplate(stored: StoredTemplate): PreparedTemplate {
  const languages = new Map<string, PreparedContent>();
  for (const [language, content] of Object.entries(stored.template.languages)) {
    const { email, push, 'web-push': webPush, sms, viber } = content;
    const prepared: PreparedContent = {};
    if (email !== undefined) {
      const sources = emailSources(email, stored.html[language] ?? email.html ?? '');
      prepared.email = {
        subject: part(sources.subject, textEngine),
        html: part(sources.html, htmlEngine),
        text: part(sources.text, textEngine),
      };
    }
    if (push !== undefined) {
      prepared.push = { title: part(push.title, textEngine), body: part(push.body, textEngine) };
      if (push.link !== undefined) prepared.push.link = part(push.link, textEngine);
    }
    if (webPush !== undefined) {
      const { title, body, link, image } = webPush;
      prepared['web-push'] = {
        title: part(title, textEngine),
        body: part(body, textEngine),
        ...(link === undefined ? {} : { link: part(link, textEngine) }),
        ...(image === undefined ? {} : { image: part(image, textEngine) }),
      };
    }
    if (sms !== undefined) prepared.sms = { text: part(sms.text, textEngine) };
    if (viber !== undefined) prepared.viber = prepareViber(viber);
    languages.set(language, prepared);
  }
  const { key, kind, topic = null } = stored.template;
  return { key, kind, topic, revision: stored.revision, languages };
}

function prepareViber({
  text,
  image,
  button,
}: NonNullable<LocalisedContent['viber']>): NonNullable<PreparedContent['viber']> {
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

function part(source: string, engine: Liquid): PreparedPart {
  const templates = engine.parse(source);
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
