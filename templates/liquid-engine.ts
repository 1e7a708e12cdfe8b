import { filters as standardFilters, Liquid } from 'liquidjs';
import { escapeRichText } from '#domain/site/rich-text.ts';
import { AbortTag } from './abort-tag.ts';
import { linkTag } from './link-tag.ts';
import { registerLocaleFilters } from './locale-filters.ts';
import { LINK_TAG } from './mark-links.ts';
import { isBlank } from './missing-value.ts';
import { BoundedFor, BoundedTablerow, LiteralCycle } from './liquid-tags.ts';

/** Longest Liquid source in characters: compiled MJML is several times its source of 200,000. */
const PARSE_MAX = 2_000_000;
/**
 * What one rendering may handle, in characters and list items (loops are charged per turn, see
 * liquid-tags.ts): some hundred times a rich mail, and stopped within tens of milliseconds. It is
 * counted, so a busy machine never makes a good mail fail.
 */
const WORK_MAX = 1_000_000;
/** A last fence by the clock, in ms, far above what the count lets through. */
const RENDER_MS_MAX = 2_000;
/** Longest rendered part in characters; a mail of a megabyte is a mistake. */
export const RENDERED_MAX = 1_000_000;

/**
 * Tags a template may not use. There is no file system behind a template, so nothing that includes
 * another one while it is rendered; blocks are put in before (domain/template/expand-blocks.ts).
 */
const REFUSED_TAGS = ['include', 'render', 'layout', 'block'];
/** `raw` prints without escaping; data of a customer must never become markup of a mail. */
const REFUSED_FILTERS = ['raw'];

/** What becomes of what a template prints; null: nothing. */
type Escape = 'escape' | ((value: unknown) => string) | null;

function createEngine(escape: Escape, marked = false): Liquid {
  const engine = new Liquid({
    ownPropertyOnly: true,
    strictFilters: true,
    // What is absent is judged by our own rule (required-values.ts), which knows `default`.
    strictVariables: false,
    parseLimit: PARSE_MAX,
    memoryLimit: WORK_MAX,
    renderLimit: RENDER_MS_MAX,
    cache: false,
    templates: {},
    ...(escape === null ? {} : { outputEscape: escape }),
  });
  for (const tag of REFUSED_TAGS) Reflect.deleteProperty(engine.tags, tag);
  for (const filter of REFUSED_FILTERS) Reflect.deleteProperty(engine.filters, filter);
  engine.registerTag('for', BoundedFor);
  engine.registerTag('tablerow', BoundedTablerow);
  engine.registerTag('cycle', LiteralCycle);
  engine.registerTag('abort', AbortTag);
  if (marked) engine.registerTag(LINK_TAG, linkTag(escape !== null));
  engine.registerFilter('default', defaultValue);
  registerLocaleFilters(engine);
  return engine;
}

/** As Liquid prints it. */
function printed(value: unknown): string {
  if (Array.isArray(value)) return value.map(printed).join('');
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : (value as { toString(): string }).toString();
}

/** Liquid's own `default`, which also takes over for text of nothing but spaces. */
function defaultValue(this: unknown, value: unknown, ...rest: unknown[]): unknown {
  const present = typeof value === 'string' && isBlank(value) ? null : value;
  const standard = standardFilters.default as (this: unknown, ...args: unknown[]) => unknown;
  return standard.call(this, present, ...rest);
}

/** For HTML: whatever a template prints is escaped. */
export const htmlEngine = createEngine('escape');
/** For subjects, text parts, SMS and push, where markup means nothing. */
export const textEngine = createEngine(null);
/** For the texts of the shop's pages that have markup: what a template prints is none. */
export const richTextEngine = createEngine((value) => escapeRichText(printed(value)));

/**
 * The same for what is checked and has had its links marked (mark-links.ts): in what marketers write
 * there is no such tag.
 */
export const markedHtmlEngine = createEngine('escape', true);
export const markedTextEngine = createEngine(null, true);
