import type { Fault } from '#domain/errors.ts';
import type { Block, BlockForm } from './block.ts';
import { blocksIn, expandBlocks } from './expand-blocks.ts';
import { templatePointer, type LocalisedContent, type Template } from './template.ts';

/** Every text of a template, by its place, with the form of a block that fits there. */
interface Place {
  path: [string, string, string];
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
  const languages: Record<string, Record<string, Record<string, string>>> = {};
  for (const { path, text, form } of placesOf(template)) {
    const [language, channel, field] = path;
    const expanded = expandBlocks(text, { form, language }, blocks);
    const pointer = templatePointer(['languages', ...path]);
    faults.push(...expanded.faults.map((detail) => ({ pointer, detail })));
    warnings.push(...expanded.warnings.map((detail) => ({ pointer, detail })));
    for (const key of expanded.used) used.add(key);
    const content = (languages[language] ??= {});
    (content[channel] ??= {})[field] = expanded.text;
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

function placesOf(template: Template): Place[] {
  return Object.entries(template.languages).flatMap(([language, content]) =>
    fieldsOf(content).map(({ channel, field, text }): Place => {
      const form = field === 'mjml' || field === 'html' ? field : 'text';
      return { path: [language, channel, field], text, form };
    }),
  );
}

function fieldsOf(content: LocalisedContent): { channel: string; field: string; text: string }[] {
  return Object.entries(content).flatMap(([channel, fields]) =>
    Object.entries(fields ?? {}).flatMap(([field, text]) =>
      text === undefined ? [] : [{ channel, field, text }],
    ),
  );
}
