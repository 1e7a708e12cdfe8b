/** Where an address stands in a plain text, in UTF-16 units. */
export interface TextLink {
  at: [start: number, end: number];
  url: string;
}

/** An address written out, with Liquid or without; else an output that is called a link. */
const IN_SOURCE =
  /https?:\/\/(?:\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|[^\s<>"'{}])+|\{\{\s*(?:[\w-]+\.)*[\w-]*(?:url|link)[\w-]*\s*(?:\|[^{}]*)?\}\}/gi;

/** Of any scheme, and as broken as it may be: an app's own opens the app. */
const AS_READ = /\b[a-z][a-z+.-]*:\/\/\S*/gi;

/** Links in the text of a template, before anything is put into it. */
export function linksInSource(text: string): TextLink[] {
  return found(text, IN_SOURCE);
}

/** Links in a text as a person reads it; also what only begins like one. */
export function linksAsRead(text: string): TextLink[] {
  return found(text, AS_READ);
}

function found(text: string, pattern: RegExp): TextLink[] {
  return [...text.matchAll(pattern)].map((match) => {
    // What ends a sentence is no part of them.
    const url = match[0].replace(/[.,;:!?)\]]+$/, '');
    return { at: [match.index, match.index + url.length], url };
  });
}
