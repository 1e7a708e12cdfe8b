import { dressHtml, mjmlFor } from './dress-html.ts';

/** Liquid's own marks: what stands in the source must stand in the compiled mail. */
const LIQUID = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;

/**
 * Compiles MJML to HTML, strictly but for attributes whose value is Liquid: a colour from an event
 * cannot be checked before the event. Takes tens of milliseconds, so it is done when a template is
 * stored and never when a message is sent. Faults are sentences for marketers.
 */
export async function compileMjml(
  source: string,
  language = 'en',
): Promise<{ html: string } | { faults: string[] }> {
  if (/<mj-include\b/i.test(source)) {
    return { faults: ['There is nothing to include: a template stands for itself (mj-include).'] };
  }
  // Large, and used by none but who stores a template.
  const { default: mjml2html } = await import('mjml');
  try {
    const { html, errors } = await mjml2html(mjmlFor(source, language), {
      validationLevel: 'soft',
      ignoreIncludes: true,
      keepComments: true,
    });
    const faults = errors
      .filter((error) => !/has invalid value: .*(\{\{|\{%)/.test(error.message))
      .map((error) => `Line ${String(error.line)}, ${error.tagName}: ${error.message.trim()}.`);
    faults.push(...lostLiquid(source, html));
    return faults.length > 0 ? { faults } : { html: dressHtml(html, language) };
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    return { faults: [`This is not valid MJML: ${message.trim().slice(0, 200)}`] };
  }
}

/** MJML drops text between its elements without a word; a condition written there would be lost. */
function lostLiquid(source: string, html: string): string[] {
  const plain = withoutSpace(html);
  const lost = (source.match(LIQUID) ?? []).find((mark) => !plain.includes(withoutSpace(mark)));
  if (lost === undefined) return [];
  return [
    `“${lost.slice(0, 80)}” stands where MJML takes no text: put it inside mj-text, mj-raw or an attribute.`,
  ];
}

function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '');
}
