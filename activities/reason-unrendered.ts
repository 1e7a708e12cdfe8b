import type { RenderedJson } from '#templates/render-json.ts';

/** Why a text of a step came to nothing, as a code: the text's own path, and no one's data. */
export function reasonUnrendered(rendered: Exclude<RenderedJson, { json: unknown }>): string {
  if ('missing' in rendered) return `missing:${rendered.missing.slice(0, 200)}`;
  return 'aborted' in rendered ? 'aborted' : rendered.error;
}
