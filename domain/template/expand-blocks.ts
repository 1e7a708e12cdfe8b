import type { Block, BlockForm } from './block.ts';
import { chooseLanguage } from './choose-language.ts';

/** Blocks within blocks; deeper ones nobody finds their way in. */
export const BLOCKS_DEEP_MAX = 10;
/** Longest text in characters once its blocks are in: MJML of that length compiles within a request. */
const EXPANDED_MAX = 400_000;

const MARK = /\{%-?\s*block\s+(?:'([^']*)'|"([^"]*)")\s*-?%\}/g;

export interface Expansion {
  text: string;
  /** Keys of the blocks that went into it. */
  used: Set<string>;
  /** Sentences for marketers. */
  faults: string[];
  /** Those of the faults that a block to come would mend. */
  missing: string[];
  warnings: string[];
}

/** Where a text stands: which form of a block is wanted there, in which language. */
export interface BlockPlace {
  form: BlockForm;
  /** BCP 47. */
  language: string;
}

/** Keys of the blocks that a text holds itself. */
export function blocksIn(text: string): string[] {
  return [...text.matchAll(MARK)].map((mark) => mark[1] ?? mark[2] ?? '');
}

/** A text as it is without its blocks. */
export function withoutBlocks(text: string): string {
  return text.replace(MARK, '');
}

/**
 * A text with each `{% block 'key' %}` replaced by the block's own text: in its language (else the
 * block's first), in the form that fits its place. Blocks may hold blocks, but never themselves.
 */
export function expandBlocks(
  source: string,
  place: BlockPlace,
  blocks: ReadonlyMap<string, Block>,
): Expansion {
  const result: Expansion = { text: '', used: new Set(), faults: [], missing: [], warnings: [] };
  let room = EXPANDED_MAX;

  const expand = (text: string, path: readonly string[]): string =>
    text.replace(MARK, (mark, single: string | undefined, double: string | undefined) => {
      const key = single ?? double ?? '';
      const found = pieceOf(key, path);
      if (found === null) return mark;
      room -= found.length;
      if (room < 0) {
        note(
          result.faults,
          `With its blocks this is longer than ${String(EXPANDED_MAX)} characters.`,
        );
        return mark;
      }
      result.used.add(key);
      return expand(found, [...path, key]);
    });

  const pieceOf = (key: string, path: readonly string[]): string | null => {
    const fault = pathFault(key, path);
    if (fault !== null) {
      note(result.faults, fault);
      return null;
    }
    if (!blocks.has(key)) {
      note(result.faults, missing(key));
      note(result.missing, missing(key));
      return null;
    }
    const { piece, fault: none, warning } = choose(blocks.get(key), place);
    if (none !== undefined) note(result.faults, none);
    if (warning !== undefined) note(result.warnings, warning);
    return piece ?? null;
  };

  result.text = expand(source, []);
  return result;
}

function pathFault(key: string, path: readonly string[]): string | null {
  if (path.includes(key)) {
    const circle = [...path.slice(path.indexOf(key)), key].map((one) => `“${one}”`);
    return `A block may not hold itself: ${circle.join(' holds ')}.`;
  }
  return path.length >= BLOCKS_DEEP_MAX
    ? `Blocks are nested more than ${String(BLOCKS_DEEP_MAX)} deep.`
    : null;
}

function missing(key: string): string {
  return `There is no block “${key.slice(0, 64)}”: make it with PUT /v1/blocks/{key} first.`;
}

interface Choice {
  piece?: string;
  fault?: string;
  warning?: string;
}

function choose(block: Block | undefined, { form, language }: BlockPlace): Choice {
  if (block === undefined) return {};
  const { key, languages } = block;
  const chosen = chooseLanguage(Object.keys(languages), [language]) ?? '';
  const content = languages[chosen];
  // HTML may stand within MJML's texts; MJML itself says where it may not.
  const piece = content?.[form] ?? (form === 'mjml' ? content?.html : undefined);
  if (piece === undefined) {
    return { fault: `The block “${key}” has no \`${form}\` in “${chosen}”, which is needed here.` };
  }
  const isOther = chosen.split('-')[0]?.toLowerCase() !== language.split('-')[0]?.toLowerCase();
  return isOther
    ? {
        piece,
        warning: `The block “${key}” is not written in “${language}”: its “${chosen}” stands here.`,
      }
    : { piece };
}

function note(sentences: string[], sentence: string): void {
  if (!sentences.includes(sentence)) sentences.push(sentence);
}
