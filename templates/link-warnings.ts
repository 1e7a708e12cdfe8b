import type { Fault } from '#domain/errors.ts';
import type { Channel } from '#domain/message/message.ts';
import {
  templatePointer,
  type LocalisedContent,
  type Template,
} from '#domain/template/template.ts';
import { trackedOf, URL_MAX } from '#domain/template/template-links.ts';
import { allLinks, LINKS_MAX, RAW } from './find-links.ts';

/** An address longer than is tracked, as it stands in a text. */
const TOO_LONG = new RegExp(`https?://[^\\s<>"'{}]{${String(URL_MAX)},}`, 'i');

/** A text whose links are tracked, and where its marketer wrote it. */
interface TrackedText {
  path: string[];
  channel: Channel;
  text: string;
}

/**
 * What of a version's links will not be tracked although its template wants it: nothing that holds it
 * back, but clicks that nobody would ever see.
 */
export function linkWarnings(
  template: Pick<Template, 'tracking'>,
  languages: Template['languages'],
  html: Readonly<Record<string, string>>,
): Fault[] {
  const isTracked = ({ channel }: { channel: Channel }): boolean =>
    trackedOf(template.tracking, undefined, channel).clicks;
  const texts = Object.entries(languages).flatMap(([language, content]) =>
    textsOf(language, content, html[language]).filter(isTracked),
  );
  const warnings = texts.flatMap(({ path, text }) =>
    faultsOf(text).map((detail) => ({ pointer: templatePointer(path), detail })),
  );
  const count = allLinks(languages, html).length;
  if (count <= LINKS_MAX) return warnings;
  const detail = `There are ${String(count)} links: those after the first ${String(LINKS_MAX)} lead on directly, and nobody is told who follows them.`;
  return [...warnings, { pointer: templatePointer(['languages']), detail }];
}

function textsOf(
  language: string,
  { email, sms, viber }: LocalisedContent,
  html: string | undefined,
): TrackedText[] {
  const text = (channel: Channel, part: string, said: string | undefined): TrackedText[] =>
    said === undefined
      ? []
      : [{ path: ['languages', language, channel, part], channel, text: said }];
  return [
    ...text('email', email?.mjml === undefined ? 'html' : 'mjml', html),
    ...text('sms', 'text', sms?.text),
    ...text('viber', 'text', viber?.text),
  ];
}

function faultsOf(text: string): string[] {
  const faults: string[] = [];
  if (RAW.test(text) && /https?:\/\//i.test(text)) {
    faults.push('It holds {% raw %}: all its links lead on directly, and no click of it is told.');
  }
  if (TOO_LONG.test(text)) {
    faults.push(
      `It holds an address of more than ${String(URL_MAX)} characters, which leads on directly: no click on it is told.`,
    );
  }
  return faults;
}
