import { invalid, type Fault } from '#domain/errors.ts';
import {
  parseTemplate,
  templatePointer,
  type EmailContent,
  type LocalisedContent,
} from '#domain/template/template.ts';
import type { StoredTemplate } from '#platform/documents.ts';
import { audited } from '#platform/audit.ts';
import type { Mongo } from '#platform/mongo.ts';
import { checkLiquid } from './check-liquid.ts';
import { compileMjml } from './compile-mjml.ts';
import { htmlEngine, textEngine } from './liquid-engine.ts';
import { emailSources } from './prepare-template.ts';

export type StoreTemplateDeps = Pick<Mongo, 'client' | 'collections'>;

/**
 * Makes or changes a template. Everything that does not depend on a person is checked here: shape,
 * Liquid, MJML. `at` is epoch ms. Throws the DomainError `invalid` with all faults; nothing is
 * stored then. Messages rendered after the answer use the new content.
 */
export function createStoreTemplate(mongo: StoreTemplateDeps) {
  return async (
    input: unknown,
    at: number,
  ): Promise<{ created: boolean; stored: StoredTemplate }> => {
    const template = parseTemplate(input);
    const faults: Fault[] = [];
    const html: Record<string, string> = {};
    for (const [language, content] of Object.entries(template.languages)) {
      const checked = await checkContent(content);
      if (checked.html !== undefined) html[language] = checked.html;
      faults.push(
        ...checked.faults.map(({ path, detail }) => ({
          pointer: templatePointer(['languages', language, ...path]),
          detail,
        })),
      );
    }
    if (faults.length > 0) throw invalid('The template is not valid.', faults);
    const stored = await store(mongo, { template, html }, at);
    return { created: stored.revision === 1, stored };
  };
}

async function store(
  mongo: StoreTemplateDeps,
  { template, html }: Pick<StoredTemplate, 'template' | 'html'>,
  at: number,
): Promise<StoredTemplate> {
  const { templates } = mongo.collections;
  const { key } = template;
  return audited(mongo, async (session) => {
    const before = await templates.findOne({ _id: key }, { session });
    const stored = await templates.findOneAndUpdate(
      { _id: key },
      {
        $set: { template, html, updatedAt: at },
        $inc: { revision: 1 },
        $setOnInsert: { createdAt: at },
      },
      { upsert: true, returnDocument: 'after', session },
    );
    if (stored === null) throw new Error('an upsert returned no document');
    const said = { at, what: 'templateStored', ids: { template: key } } as const;
    const deed = { ...said, before: before?.template ?? null, after: template };
    return { result: stored, deed };
  });
}

interface ContentFault {
  path: string[];
  detail: string;
}

async function checkContent(
  content: LocalisedContent,
): Promise<{ html?: string; faults: ContentFault[] }> {
  const { email, ...others } = content;
  const faults = liquidFaults([], others);
  if (email === undefined) return { faults };
  const checked = await checkEmail(email);
  return { ...checked, faults: [...checked.faults, ...faults] };
}

/** Every text of a channel's content, however deep it lies. */
function liquidFaults(path: string[], content: object): ContentFault[] {
  return Object.entries(content).flatMap(([name, value]: [string, unknown]) => {
    const here = [...path, name];
    if (typeof value === 'string') return textFaults(here, value);
    return typeof value === 'object' && value !== null ? liquidFaults(here, value) : [];
  });
}

async function checkEmail(email: EmailContent): Promise<{ html?: string; faults: ContentFault[] }> {
  const faults = [
    ...textFaults(['email', 'subject'], email.subject),
    ...textFaults(['email', 'text'], email.text),
    ...textFaults(['email', 'preheader'], email.preheader),
  ];
  const body = email.mjml === undefined ? 'html' : 'mjml';
  const html = email.mjml === undefined ? email.html : await compiled(email.mjml, faults);
  if (html === undefined) return { faults };
  const ofBody = checkLiquid(html, htmlEngine);
  faults.push(...ofBody.map((detail) => ({ path: ['email', body], detail })));
  if (ofBody.length === 0) faults.push(...derivedFaults(email, html, body));
  return { html, faults };
}

async function compiled(mjml: string, faults: ContentFault[]): Promise<string | undefined> {
  const result = await compileMjml(mjml);
  if ('html' in result) return result.html;
  faults.push(...result.faults.map((detail) => ({ path: ['email', 'mjml'], detail })));
  return undefined;
}

/** The text part is made from the HTML; where that breaks the Liquid, the marketer has to write it. */
function derivedFaults(email: EmailContent, html: string, body: string): ContentFault[] {
  if (email.text !== undefined) return [];
  const { text } = emailSources(email, html);
  const detail = 'No text part can be made from this: give `text` as well.';
  return text === '' || checkLiquid(text, textEngine).length > 0
    ? [{ path: ['email', body], detail }]
    : [];
}

function textFaults(path: string[], source: string | undefined): ContentFault[] {
  if (source === undefined) return [];
  return checkLiquid(source, textEngine).map((detail) => ({ path, detail }));
}
