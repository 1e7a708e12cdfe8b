import type { TemplateLink } from '#domain/template/template-links.ts';

/**
 * The link that stands in a message in place of one of its template's; null: it stays as it is.
 * What it answers needs no escaping, in HTML as in text.
 */
export type TrackLink = (number: number, url: string) => string | null;

/** The tag around a link in what is parsed; no marketer can write it (liquid-engine.ts). */
export const LINK_TAG = 'kairos_link';

/**
 * A text with its links marked by their numbers, so that a rendering can hand each out as its own.
 * The links must have been found in this very text.
 */
export function markLinks(
  text: string,
  links: readonly Pick<TemplateLink, 'at' | 'number'>[],
): string {
  let marked = '';
  let from = 0;
  for (const { at, number } of [...links].sort((one, other) => one.at[0] - other.at[0])) {
    const [start, end] = at;
    const link = `{% ${LINK_TAG} ${String(number)} %}${text.slice(start, end)}{% end${LINK_TAG} %}`;
    marked += text.slice(from, start) + link;
    from = end;
  }
  return marked + text.slice(from);
}
