import { Tokenizer } from 'htmlparser2';
import { decodeHtml } from '#domain/template/decode-html.ts';
import { CARRIED_CHANNELS, type CarriedChannel } from '#domain/message/message.ts';
import type { LocalisedContent, Template } from '#domain/template/template.ts';
import { linksInSource } from '#domain/template/text-links.ts';
import {
  isPersonal,
  isWebAddress,
  type LinkPart,
  type TemplateLink,
} from '#domain/template/template-links.ts';
import { textEngine } from './liquid-engine.ts';

/** A link as it stands in a text. */
type Found = Pick<TemplateLink, 'at' | 'url' | 'name'>;

/** Links of one version that are tracked: far more than any template has; others lead on directly. */
export const LINKS_MAX = 2_000;
/** Longest name of a link that is kept, in characters. */
const NAME_MAX = 100;

const OUTPUT = /\{\{[\s\S]*?\}\}/g;
const TAG = /\{%[\s\S]*?%\}/g;
/** Liquid that is shown as it is written: a mark would be shown, too, so no link there is tracked. */
export const RAW = /\{%-?\s*raw\b/;

/**
 * Every link of a version that leads into the web, numbered in the order in which they stand there.
 * `html` is the compiled mail of each language.
 */
export function findLinks(
  languages: Template['languages'],
  html: Readonly<Record<string, string>>,
): TemplateLink[] {
  const all = allLinks(languages, html);
  return all.slice(0, LINKS_MAX).map((one, index) => ({ number: index + 1, ...one }));
}

/** The same without an end and without numbers. */
export function allLinks(
  languages: Template['languages'],
  html: Readonly<Record<string, string>>,
): Omit<TemplateLink, 'number'>[] {
  return Object.entries(languages).flatMap(([language, content]) =>
    CARRIED_CHANNELS.flatMap((channel) =>
      partsOf(content, html[language])[channel].flatMap(([part, found]) =>
        found.map((one) => ({ language, channel, part, ...one })),
      ),
    ),
  );
}

type Parts = [part: LinkPart, found: Found[]][];

function partsOf(
  content: LocalisedContent,
  html: string | undefined,
): Record<CarriedChannel, Parts> {
  const { push, sms, viber, 'web-push': webPush } = content;
  return {
    email: content.email === undefined ? [] : [['html', linksInHtml(html ?? '')]],
    sms: sms === undefined ? [] : [['text', linksInText(sms.text)]],
    push: push?.link === undefined ? [] : [['link', wholeLink(push.link)]],
    'web-push': webPush?.link === undefined ? [] : [['link', wholeLink(webPush.link)]],
    viber: [
      ...(viber === undefined ? [] : ([['text', linksInText(viber.text)]] as Parts)),
      ...(viber?.button === undefined ? [] : ([['button', wholeLink(viber.button.link)]] as Parts)),
    ],
  };
}

/** Attributes of the tag under way, each by where its value stands. */
interface OpenTag {
  name: string;
  attributes: Map<string, [start: number, end: number]>;
}

/**
 * The addresses of `<a>` and `<area>`. What stands in comments is left alone: only Outlook reads it.
 * A link is called as its `data-link` or `name` says.
 */
export function linksInHtml(html: string): Found[] {
  if (RAW.test(html)) return [];
  const found: Found[] = [];
  // Of the same length without Liquid's quotes and brackets, which are no HTML.
  const plain = html
    .replace(OUTPUT, (mark) => 'x'.repeat(mark.length))
    .replace(TAG, (mark) => ' '.repeat(mark.length));
  const state: { tag: OpenTag; attribute: string; value: [number, number] | null } = {
    tag: { name: '', attributes: new Map() },
    attribute: '',
    value: null,
  };
  const close = (): void => {
    const link = linkOf(html, state.tag);
    if (link !== null) found.push(link);
  };
  const ignore = (): void => undefined;
  const tokenizer = new Tokenizer(
    { decodeEntities: false },
    {
      onopentagname(start, end) {
        state.tag = { name: plain.slice(start, end).toLowerCase(), attributes: new Map() };
      },
      onattribname(start, end) {
        state.attribute = plain.slice(start, end).toLowerCase();
        state.value = null;
      },
      onattribdata(start, end) {
        state.value = [state.value?.[0] ?? start, end];
      },
      onattribend() {
        const { attributes } = state.tag;
        // As browsers do: of two attributes of one name the first counts.
        if (state.value !== null && !attributes.has(state.attribute)) {
          attributes.set(state.attribute, state.value);
        }
      },
      onopentagend: close,
      onselfclosingtag: close,
      onattribentity: ignore,
      oncdata: ignore,
      onclosetag: ignore,
      oncomment: ignore,
      ondeclaration: ignore,
      onend: ignore,
      onprocessinginstruction: ignore,
      ontext: ignore,
      ontextentity: ignore,
    },
  );
  tokenizer.write(plain);
  tokenizer.end();
  return found;
}

function linkOf(html: string, { name: tag, attributes }: OpenTag): Found | null {
  const at = tag === 'a' || tag === 'area' ? attributes.get('href') : undefined;
  if (at === undefined) return null;
  const written = html.slice(...at);
  const url = isPersonal({ url: written }) ? written : decodeHtml(written);
  if (!leadsIntoWeb(url)) return null;
  const called = attributes.get('data-link') ?? attributes.get('name');
  const name = called === undefined ? '' : decodeHtml(html.slice(...called)).trim();
  return { at, url: url.trim(), ...named(name) };
}

function named(name: string): { name?: string } {
  return name === '' || isPersonal({ url: name }) ? {} : { name: name.slice(0, NAME_MAX) };
}

/** Links in plain text. */
export function linksInText(text: string): Found[] {
  return RAW.test(text) ? [] : linksInSource(text).filter(({ url }) => leadsIntoWeb(url));
}

/** A field that is one link as a whole. */
function wholeLink(text: string): Found[] {
  return leadsIntoWeb(text) ? [{ at: [0, text.length], url: text.trim() }] : [];
}

/**
 * Whether it may lead into the web, as far as can be seen before a message is made. Our own links
 * (to unsubscribe) are no clicks, and an address with a voucher's code in it is written last of all.
 */
function leadsIntoWeb(url: string): boolean {
  if (/\{[{%][^}]*\b(?:links|vouchers)\s*[.[]/.test(url)) return false;
  return /^\s*(?:https?:\/\/|\{\{|\{%)/i.test(url) && isWhole(url);
}

/** A condition that begins in an address and ends somewhere else cannot be marked with it. */
function isWhole(url: string): boolean {
  if (!isPersonal({ url })) return isWebAddress(url.trim());
  try {
    return textEngine.parse(url).length > 0;
  } catch {
    return false;
  }
}
