import type { Fault } from '#domain/errors.ts';
import type { Block, BlockForm } from './block.ts';
import { blocksIn, expandBlocks } from './expand-blocks.ts';
import { templatePointer, type Template } from './template.ts';

/** Every text of a template, by its place, with the form of a block that fits there. */
interface Place {
  /** Language, channel, field; Viber's button has fields of its own. */
  path: readonly [language: string, ...names: string[]];
  text: string;
  form: BlockForm;
}

export interface ExpandedTemplate {
  languages: Template['languages'];
  /** Keys of the blocks in it. */
  used: string[];
  faults: Fault[];
  warnings: Fault[];
}

/** A template with its blocks put in, all places of all languages. */
export function expandTemplate(
  template: Template,
  blocks: ReadonlyMap<string, Block>,
): ExpandedTemplate {
  const used = new Set<string>();
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  const languages: Record<string, Texts> = {};
  for (const { path, text, form } of placesOf(template)) {
    const [language, ...names] = path;
    const expanded = expandBlocks(text, { form, language }, blocks);
    const pointer = templatePointer(['languages', ...path]);
    faults.push(...expanded.faults.map((detail) => ({ pointer, detail })));
    warnings.push(...expanded.warnings.map((detail) => ({ pointer, detail })));
    for (const key of expanded.used) used.add(key);
    put((languages[language] ??= {}), names, expanded.text);
  }
  return {
    languages,
    used: [...used].sort(),
    faults,
    warnings,
  };
}

/** Keys of the blocks that a template names itself. */
export function blocksOfTemplate(template: Template): string[] {
  return [...new Set(placesOf(template).flatMap(({ text }) => blocksIn(text)))];
}

/** Texts by their names, and parts that have several. */
interface Texts {
  [name: string]: string | Texts;
}

function put(texts: Texts, [name = '', ...within]: readonly string[], text: string): void {
  if (within.length === 0) {
    texts[name] = text;
    return;
  }
  const known = texts[name];
  const inner = typeof known === 'object' ? known : {};
  texts[name] = inner;
  put(inner, within, text);
}

function placesOf(template: Template): Place[] {
  return Object.entries(template.languages).flatMap(([language, content]) =>
    textsIn(content).map(({ names, text }): Place => {
      const field = names.at(-1);
      const form = field === 'mjml' || field === 'html' ? field : 'text';
      return { path: [language, ...names], text, form };
    }),
  );
}

/** Every text of a content with its names, however deep it lies. */
export function textsIn(content: object): { names: string[]; text: string }[] {
  return Object.entries(content).flatMap(([name, part]: [string, unknown]) => {
    if (typeof part === 'string') return [{ names: [name], text: part }];
    if (typeof part !== 'object' || part === null) return [];
    return textsIn(part).map(({ names, text }) => ({ names: [name, ...names], text }));
  });
}
