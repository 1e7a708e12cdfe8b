import {
  analyzeSync,
  ForTag,
  TablerowTag,
  toValueSync,
  TypeGuards,
  type Liquid,
  type Template,
} from 'liquidjs';
import { TEMPLATE_LINKS, TEMPLATE_ROOTS } from '#domain/template/template-scope.ts';
import type { RenderState } from './locale-filters.ts';
import { childrenOf } from './required-values.ts';

/** Most turns that loops with written-out bounds may make, nested ones multiplied. */
const TURNS_MAX = 10_000;
/** Deepest nesting of tags; far beyond what a person can read, far within the stack. */
const NESTING_MAX = 50;

/**
 * What is wrong with one Liquid text, as sentences a marketer understands; none if it is good.
 * Nothing here depends on a person: that is judged when a message is rendered.
 */
export function checkLiquid(
  source: string,
  engine: Liquid,
  roots: readonly string[] = TEMPLATE_ROOTS,
): string[] {
  const templates = parsed(source, engine);
  if (typeof templates === 'string') return [templates];
  const faults = rootFaults(templates, roots);
  const loops = mostTurns(templates);
  if (loops > TURNS_MAX) {
    faults.push(
      `The loops would make ${loops.toLocaleString('en')} turns; at most ${TURNS_MAX.toLocaleString('en')} are allowed.`,
    );
  }
  return faults.length > 0 ? faults : trialFaults(templates, engine);
}

/** The same for a piece of a text: what it asks for is judged where the piece stands. */
export function checkSyntax(source: string, engine: Liquid): string[] {
  const templates = parsed(source, engine);
  return typeof templates === 'string' ? [templates] : [];
}

/** A text parsed, or a sentence on why it cannot be. */
function parsed(source: string, engine: Liquid): Template[] | string {
  try {
    const templates = engine.parse(source);
    return nesting(templates) > NESTING_MAX
      ? `The tags are nested more than ${String(NESTING_MAX)} deep.`
      : templates;
  } catch (error) {
    return syntaxSentence(error);
  }
}

/** Liquid names the tag or filter and the line; nothing in it comes from a customer. */
function syntaxSentence(error: unknown): string {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
  const tag = /tag "([^"]{1,64})" not found/.exec(message);
  if (tag !== null) return `There is no tag “${tag[1] ?? ''}”${place(message)}.`;
  const filter = /undefined filter: ([\w-]{1,64})/.exec(message);
  if (filter !== null) return `There is no filter “${filter[1] ?? ''}”${place(message)}.`;
  return `This is not valid Liquid: ${message.slice(0, 200)}.`;
}

function place(message: string): string {
  const found = /line:(\d+), col:(\d+)/.exec(message);
  return found === null ? '' : ` (line ${found[1] ?? ''}, column ${found[2] ?? ''})`;
}

function rootFaults(templates: Template[], known: readonly string[]): string[] {
  const faults: string[] = [];
  const links: readonly unknown[] = TEMPLATE_LINKS;
  const { globals } = analyzeSync(templates, { partials: false });
  for (const [root, uses] of Object.entries(globals)) {
    if (!known.includes(root)) {
      faults.push(
        `“${root.slice(0, 64)}” is not known: a template sees ${known.slice(0, -1).join(', ')} and ${known.at(-1) ?? ''}.`,
      );
    } else if (root === 'links' && uses.some((use) => !links.includes(use.segments[1]))) {
      faults.push(
        `There is no such link: a template sees links.${TEMPLATE_LINKS.join(', links.')}.`,
      );
    } else if (root === 'vouchers' && uses.some(({ segments }) => !isPool(segments))) {
      faults.push('Name one pool of vouchers, written out: {{ vouchers.summer }}.');
    }
  }
  return faults;
}

/** Pools are known before a message is rendered, so none can be computed. */
function isPool(segments: readonly unknown[]): boolean {
  return segments.length === 2 && typeof segments[1] === 'string';
}

function nesting(templates: Template[], depth = 0): number {
  if (depth > NESTING_MAX) return depth;
  return Math.max(depth, ...templates.map((one) => nesting(childrenOf(one), depth + 1)));
}

function mostTurns(templates: Template[]): number {
  let sum = 0;
  for (const template of templates) {
    const own =
      template instanceof ForTag || template instanceof TablerowTag ? ranged(template) : 0;
    sum += Math.max(own, 1) * mostTurns(childrenOf(template)) + own;
  }
  return sum;
}

/** Turns of a loop over a range with written-out bounds; of others only rendering can tell. */
function ranged({ collection }: ForTag | TablerowTag): number {
  const operand = TypeGuards.isFilteredValueToken(collection)
    ? collection.initial.postfix[0]
    : collection;
  if (!TypeGuards.isRangeToken(operand)) return 0;
  const { lhs, rhs } = operand;
  if (!TypeGuards.isNumberToken(lhs) || !TypeGuards.isNumberToken(rhs)) return 0;
  return Math.max(0, rhs.content - lhs.content + 1);
}

/**
 * Renders once for nobody, which finds what only running shows: a loop whose bound is computed, a
 * currency that is none. Absent values are expected here.
 */
function trialFaults(templates: Template[], engine: Liquid): string[] {
  const globals: RenderState = { language: 'en', trial: true };
  const scope = { profile: {}, entry: {}, event: {}, context: {}, links: {} };
  try {
    toValueSync(engine.renderSync(templates, scope, { globals }));
    return [];
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    if (message.includes('limit exceeded')) {
      return ['This takes more work than one message may: a loop is too long or never ends.'];
    }
    return [`This cannot be rendered: ${message.slice(0, 200)}.`];
  }
}
