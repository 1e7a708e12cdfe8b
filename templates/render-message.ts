import type { Channel } from '#domain/message/message.ts';
import { chooseLanguage } from '#domain/template/choose-language.ts';
import type { RenderedContent } from '#domain/template/rendered-content.ts';
import type { TemplateScope } from '#domain/template/template-scope.ts';
import { RENDERED_MAX } from './liquid-engine.ts';
import type { RenderState } from './locale-filters.ts';
import type { TrackLink } from './mark-links.ts';
import { MissingValueError } from './missing-value.ts';
import type { PreparedPart } from './prepared-part.ts';
import { renderSite, RICH_PARTS } from './site-parts.ts';
import { whyUnrendered } from './why-unrendered.ts';
import { languagesOf, type PreparedContent, type PreparedTemplate } from './prepare-template.ts';

export type Rendering =
  | { content: RenderedContent; language: string }
  /** Something the person should have read is empty; `missing` is the template's own path to it. */
  | { missing: string }
  /** The template says nothing in this channel. */
  | { noContent: true }
  /** The template itself says that this person gets no message, and why. */
  | { aborted: string }
  /** It broke a limit or failed; nothing about it depends on a retry. */
  | { error: 'templateError' };

export interface RenderRequest {
  template: PreparedTemplate;
  channel: Channel;
  /** Languages by preference: the profile's, the browser's, the default. */
  languages: readonly (string | null)[];
  scope: TemplateScope;
  /** IANA zone in which dates are written; UTC where none is said. */
  zone?: string | null;
  /** ISO 4217, of amounts that name no other. */
  currency?: string;
  /** Hands out the links of the message; absent: they lead on directly. */
  track?: TrackLink | undefined;
}

/** Renders one message whole or not at all: nobody ever gets a half-empty one. */
export function renderMessage(request: RenderRequest): Rendering {
  const { template, channel } = request;
  const language = chooseLanguage(languagesOf(template, channel), request.languages);
  const content = language === null ? undefined : template.languages.get(language);
  if (language === null || content === undefined) return { noContent: true };
  const { scope, zone, currency, track } = request;
  const globals: RenderState = {
    ...{ language, trial: false },
    ...(zone == null ? {} : { zone }),
    ...(currency === undefined ? {} : { currency }),
    ...(track === undefined ? {} : { track }),
  };
  const render = (part: PreparedPart): string => renderPart(part, scope, globals);
  try {
    const rendered = RENDERERS[channel](content, render);
    return rendered === null ? { noContent: true } : { content: rendered, language };
  } catch (error) {
    return whyUnrendered(error);
  }
}

type Render = (part: PreparedPart) => string;

const RENDERERS: Record<
  Channel,
  (content: PreparedContent, render: Render) => RenderedContent | null
> = {
  email: ({ email }, render) =>
    email === undefined
      ? null
      : {
          channel: 'email',
          subject: required('subject', oneLine(render(email.subject))),
          html: required('html', render(email.html)),
          text: required('text', render(email.text)),
        },
  sms: ({ sms }, render) =>
    sms === undefined ? null : { channel: 'sms', text: required('text', render(sms.text).trim()) },
  push: ({ push }, render) =>
    push === undefined ? null : { channel: 'push', ...renderNotification(push, render) },
  'web-push': ({ 'web-push': webPush }, render) =>
    webPush === undefined
      ? null
      : {
          channel: 'web-push',
          ...renderNotification(webPush, render),
          ...(webPush.image === undefined
            ? {}
            : { image: required('image', oneLine(render(webPush.image))) }),
        },
  viber: ({ viber }, render) => (viber === undefined ? null : renderViber(viber, render)),
  'in-app': (content, render) => renderSite('in-app', content, site(render)),
  inbox: (content, render) => renderSite('inbox', content, site(render)),
  widget: (content, render) => renderSite('widget', content, site(render)),
};

/** A part of what is shown on the shop's pages: only bodies have more than one line. */
function site(render: Render): (part: PreparedPart, name: string) => string {
  return (part, name) => {
    const text = render(part);
    return required(name, RICH_PARTS.has(name) ? text.trim() : oneLine(text));
  };
}

function renderNotification(
  { title, body, link }: NonNullable<PreparedContent['push']>,
  render: Render,
): { title: string; body: string; link?: string } {
  return {
    title: required('title', oneLine(render(title))),
    body: required('body', render(body).trim()),
    ...(link === undefined ? {} : { link: required('link', oneLine(render(link))) }),
  };
}

function renderViber(
  { text, image, button }: NonNullable<PreparedContent['viber']>,
  render: Render,
): RenderedContent {
  return {
    channel: 'viber',
    text: required('text', render(text).trim()),
    ...(image === undefined ? {} : { image: required('image', oneLine(render(image))) }),
    ...(button === undefined
      ? {}
      : {
          button: {
            title: required('button', oneLine(render(button.title))),
            link: required('button', oneLine(render(button.link))),
          },
        }),
  };
}

function renderPart(part: PreparedPart, scope: TemplateScope, globals: RenderState): string {
  const text: unknown = part.engine.renderSync(part.templates, scope, { globals });
  if (typeof text !== 'string' || text.length > RENDERED_MAX) throw new Error('too long');
  return text;
}

/** Where conditions left nothing at all, there is nothing to send either. */
function required(part: string, text: string): string {
  if (!/\S/.test(text)) throw new MissingValueError(part);
  return text;
}

/** A line break in a subject could start a header of its own; there it is only a space. */
function oneLine(text: string): string {
  return text.replace(/[\s\0]+/g, ' ').trim();
}
