import { SITE_CHANNELS, type SiteChannel } from '#domain/message/message.ts';
import type { RenderedSite } from '#domain/site/rendered-site.ts';
import type { LocalisedContent } from '#domain/template/template.ts';
import type { PreparedPart } from './prepared-part.ts';

/** What is shown on the shop's pages, by the names of its parts: texts with Liquid, and settings. */
interface PreparedSite {
  [name: string]: PreparedPart | string | PreparedSite;
}

export type PreparedSites = Partial<Record<SiteChannel, PreparedSite>>;

/** Parts that say how it is shown: words of ours, the same for everybody. */
const SETTINGS = new Set(['kind', 'position', 'slot', 'pages', 'after', 'expires']);

/** Parts with a little markup, of more than one line. */
export const RICH_PARTS: ReadonlySet<string> = new Set(['body', 'thanks', 'agree']);

type Parse = (source: string, name: string) => PreparedPart;

/** Parses the texts of all that a language says on the shop's pages. */
export function prepareSites(content: LocalisedContent, parse: Parse): PreparedSites {
  const prepared: PreparedSites = {};
  for (const channel of SITE_CHANNELS) {
    const parts = content[channel];
    if (parts !== undefined) prepared[channel] = prepareParts(parts, parse);
  }
  return prepared;
}

function prepareParts(parts: object, parse: Parse): PreparedSite {
  const prepared: PreparedSite = {};
  for (const [name, part] of Object.entries(parts) as [string, unknown][]) {
    if (typeof part === 'string') prepared[name] = SETTINGS.has(name) ? part : parse(part, name);
    else if (typeof part === 'object' && part !== null) prepared[name] = prepareParts(part, parse);
  }
  return prepared;
}

type Render = (part: PreparedPart, name: string) => string;

/** The same as one person sees it; null where the template says nothing in this channel. */
export function renderSite(
  channel: SiteChannel,
  prepared: PreparedSites,
  render: Render,
): RenderedSite | null {
  const parts = prepared[channel];
  if (parts === undefined) return null;
  // The parts are those of the template's own schema, each with a text in its place.
  return { channel, ...renderParts(parts, render) } as RenderedSite;
}

interface Rendered {
  [name: string]: string | Rendered;
}

function renderParts(parts: PreparedSite, render: Render): Rendered {
  const rendered: Rendered = {};
  for (const [name, part] of Object.entries(parts)) {
    if (typeof part === 'string') rendered[name] = part;
    else rendered[name] = isPart(part) ? render(part, name) : renderParts(part, render);
  }
  return rendered;
}

function isPart(part: PreparedPart | PreparedSite): part is PreparedPart {
  return 'engine' in part && 'templates' in part && Array.isArray(part.templates);
}
