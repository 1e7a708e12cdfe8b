import { readRichText, safeImage, safeLink, type Inline } from '../domain/site/rich-text.ts';
import type { SiteContent, SiteMessage } from './site-message.ts';
import type { Labels } from './types.ts';

/**
 * Elements are made one by one, with texts as texts: nothing a message holds is ever read as HTML,
 * and a page's policy needs to allow neither inline styles nor inline scripts.
 */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name = '',
  ...within: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (name !== '') element.className = name;
  element.append(...within);
  return element;
}

/** Says what the words within are written in, where that is known: they are read aloud by it. */
export function written<E extends HTMLElement>(element: E, language: string | undefined): E {
  if (language !== undefined) element.lang = language;
  return element;
}

/** A place of its own on the page, whose styles and the page's do not meet. */
export function shadowOf(host: Element, css: string): ShadowRoot {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  return root;
}

/** A text with its little markup. */
export function richText(source: string): HTMLElement {
  const text = make('div', 'text');
  text.dir = 'auto';
  for (const block of readRichText(source)) {
    if ('list' in block) {
      text.append(make('ul', '', ...block.list.map((item) => make('li', '', ...inlines(item)))));
    } else text.append(make('p', '', ...inlines(block.paragraph)));
  }
  return text;
}

function inlines(parts: Inline[]): Node[] {
  return parts.map((part) => {
    if ('strong' in part) return make('strong', '', part.strong);
    if ('emphasis' in part) return make('em', '', part.emphasis);
    return 'link' in part
      ? (anchor(part.text, part.link) ?? new Text(part.text))
      : new Text(part.text);
  });
}

/** A link, where it leads somewhere a page may lead to. */
export function anchor(title: string, link: string, name = ''): HTMLAnchorElement | null {
  const to = safeLink(link);
  if (to === null) return null;
  const element = make('a', name, title);
  element.href = to;
  return element;
}

/** Picture, title, text and buttons: what all messages are made of. */
export function parts({
  image,
  alt = '',
  title,
  link,
  body,
  button,
  second,
}: SiteContent): HTMLElement[] {
  const drawn: HTMLElement[] = [];
  const source = image === undefined ? null : safeImage(image);
  if (source !== null) {
    const picture = make('img');
    picture.src = source;
    picture.alt = alt;
    drawn.push(picture);
  }
  if (title !== undefined) {
    const heading = make('h2', '', (link === undefined ? null : anchor(title, link)) ?? title);
    heading.dir = 'auto';
    drawn.push(heading);
  }
  if (body !== undefined) drawn.push(richText(body));
  const buttons = [button, second].flatMap((one, index) => {
    const link =
      one === undefined
        ? null
        : anchor(one.title, one.link, index === 0 ? 'button' : 'button second');
    return link === null ? [] : [link];
  });
  if (buttons.length > 0) drawn.push(make('p', 'buttons', ...buttons));
  return drawn;
}

/** What a box is called where it is read aloud. */
export function nameOf({ content }: Pick<SiteMessage, 'content'>, labels: Labels): string {
  return content.title ?? content.form?.submit ?? content.button?.title ?? labels.messages;
}

/** Calls `followed` for a click on any link within. */
export function onLink(within: HTMLElement, followed: () => void): void {
  within.addEventListener('click', (event) => {
    if (event.composedPath().some((one) => one instanceof HTMLAnchorElement)) followed();
  });
}

export function closeButton(labels: Labels, close: () => void): HTMLButtonElement {
  const button = written(make('button', 'close', '×'), labels.language);
  button.type = 'button';
  button.setAttribute('aria-label', labels.close);
  button.addEventListener('click', close);
  return button;
}

/** What boxes of all kinds look like; a page may set these properties on `:root`. */
export const STYLE = `
:host{all:initial;font:16px/1.5 system-ui,sans-serif;color:var(--kairos-ink,#1b1f24);color-scheme:light}
*{box-sizing:border-box}
.box{position:relative;background:var(--kairos-paper,#fff);color:inherit;border:0;border-radius:12px;padding:24px;max-width:min(440px,calc(100vw - 32px));box-shadow:0 12px 40px #0004}
.box>:first-child{margin-top:0}
dialog{padding:0;border:0;background:transparent;margin:auto}
dialog::backdrop{background:#0006}
dialog:modal .box{box-shadow:none}
img{display:block;max-width:100%;max-height:40vh;border-radius:8px;margin:0 auto 12px}
h2{font-size:1.2em;line-height:1.3;margin:0 24px 8px 0}
[dir=rtl] h2{margin:0 0 8px 24px}
p,ul{margin:0 0 12px}
a{color:var(--kairos-accent,#0b57d0)}
.buttons{display:flex;gap:8px;flex-wrap:wrap;margin:16px 0 0}
.button,button.submit{font:inherit;border:0;border-radius:8px;padding:8px 16px;text-decoration:none;cursor:pointer;background:var(--kairos-accent,#0b57d0);color:var(--kairos-on-accent,#fff)}
.second{background:#0001;color:inherit}
.close{position:absolute;inset-block-start:8px;inset-inline-end:8px;width:32px;height:32px;border:0;border-radius:50%;background:transparent;color:inherit;font-size:22px;line-height:1;cursor:pointer}
.close:hover{background:#0001}
`;
