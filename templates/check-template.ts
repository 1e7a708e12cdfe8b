import type { Liquid } from 'liquidjs';
import type { Fault } from '#domain/errors.ts';
import type { Block } from '#domain/template/block.ts';
import { expandTemplate, textsIn } from '#domain/template/expand-template.ts';
import { unknownName, type SeenNames } from '#domain/template/known-names.ts';
import {
  templatePointer,
  type EmailContent,
  type LocalisedContent,
  type Template,
} from '#domain/template/template.ts';
import { checkLiquid } from './check-liquid.ts';
import { compileMjml } from './compile-mjml.ts';
import { dressHtml } from './dress-html.ts';
import { htmlEngine, textEngine } from './liquid-engine.ts';
import { namedPaths } from './named-paths.ts';
import { emailSources } from './prepare-template.ts';

/** A template looked at as a whole: good if it has no faults; warnings never hold it back. */
export interface CheckedTemplate {
  /** Of each language with a mail: MJML compiled. */
  html: Record<string, string>;
  /** With its blocks put in; the template's own languages where it holds none. */
  languages: Template['languages'];
  /** Keys of its blocks. */
  used: string[];
  faults: Fault[];
  warnings: Fault[];
}

/**
 * Checks everything that does not depend on a person: blocks, Liquid, MJML. `seen` null: nothing is
 * said about names that nobody has.
 */
export async function checkTemplate(
  template: Template,
  blocks: ReadonlyMap<string, Block>,
  seen: SeenNames | null,
): Promise<CheckedTemplate> {
  const expanded = expandTemplate(template, blocks);
  const html: Record<string, string> = {};
  const faults = [...expanded.faults];
  const warnings = [...expanded.warnings];
  for (const [language, content] of Object.entries(expanded.languages)) {
    const checked = await checkContent(content, language, seen);
    if (checked.html !== undefined) html[language] = checked.html;
    const place = ({ path, detail }: Finding): Fault => ({
      pointer: templatePointer(['languages', language, ...path]),
      detail,
    });
    const isNew = ({ pointer }: Fault): boolean =>
      !expanded.faults.some((fault) => fault.pointer === pointer);
    faults.push(...checked.faults.map(place).filter(isNew));
    warnings.push(...checked.warnings.map(place));
  }
  const { languages, used } = expanded;
  return { html, languages, used, faults, warnings };
}

interface Finding {
  path: string[];
  detail: string;
}

/** What is found in one language; grows while its texts are looked at. */
interface Findings {
  faults: Finding[];
  warnings: Finding[];
  seen: SeenNames | null;
}

async function checkContent(
  { email, ...others }: LocalisedContent,
  language: string,
  seen: SeenNames | null,
): Promise<Findings & { html?: string }> {
  const findings: Findings = { faults: [], warnings: [], seen };
  const html = email === undefined ? undefined : await checkEmail(email, language, findings);
  for (const { names, text } of textsIn(others)) checkText(names, text, findings);
  return html === undefined ? findings : { ...findings, html };
}

async function checkEmail(
  email: EmailContent,
  language: string,
  findings: Findings,
): Promise<string | undefined> {
  checkText(['email', 'subject'], email.subject, findings);
  checkText(['email', 'text'], email.text, findings);
  checkText(['email', 'preheader'], email.preheader, findings);
  const body = email.mjml === undefined ? 'html' : 'mjml';
  const html =
    email.mjml === undefined
      ? dressHtml(email.html ?? '', language)
      : await compiled(email.mjml, language, findings);
  if (html === undefined) return undefined;
  const isGood = checkSource(['email', body], html, htmlEngine, findings);
  if (isGood) checkDerived(email, html, ['email', body], findings);
  return html;
}

async function compiled(
  mjml: string,
  language: string,
  { faults }: Findings,
): Promise<string | undefined> {
  const result = await compileMjml(mjml, language);
  if ('html' in result) return result.html;
  faults.push(...result.faults.map((detail) => ({ path: ['email', 'mjml'], detail })));
  return undefined;
}

/** The text part is made from the HTML; where that breaks the Liquid, the marketer has to write it. */
function checkDerived(
  email: EmailContent,
  html: string,
  path: string[],
  { faults }: Findings,
): void {
  if (email.text !== undefined) return;
  const { text } = emailSources(email, html);
  if (text !== '' && checkLiquid(text, textEngine).length === 0) return;
  faults.push({ path, detail: 'No text part can be made from this: give `text` as well.' });
}

function checkText(path: string[], source: string | undefined, findings: Findings): void {
  if (source !== undefined) checkSource(path, source, textEngine, findings);
}

function checkSource(path: string[], source: string, engine: Liquid, findings: Findings): boolean {
  const faults = checkLiquid(source, engine);
  findings.faults.push(...faults.map((detail) => ({ path, detail })));
  const { seen } = findings;
  if (faults.length > 0 || seen === null) return faults.length === 0;
  for (const named of namedPaths(source, engine)) {
    const detail = unknownName(named, seen);
    if (detail !== null) findings.warnings.push({ path, detail });
  }
  return true;
}
