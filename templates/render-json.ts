import { Context, Output, toValueSync, type Template } from 'liquidjs';
import { isJsonObject, type Json } from '#domain/json.ts';
import { checkLiquid } from './check-liquid.ts';
import { textEngine } from './liquid-engine.ts';
import type { RenderState } from './locale-filters.ts';
import { requireValues } from './required-values.ts';
import { whyUnrendered, type Unrendered } from './why-unrendered.ts';

export type RenderedJson = { json: Json } | Unrendered;

/** A fault of one text of a JSON value, at its place in it (`/customer/tier`). */
export interface TextFault {
  pointer: string;
  detail: string;
}

/** What is wrong with the Liquid texts of a JSON value; only these roots may be asked for. */
export function checkJson(value: Json, roots: readonly string[], pointer = ''): TextFault[] {
  if (typeof value === 'string') {
    return checkLiquid(value, textEngine, roots).map((detail) => ({ pointer, detail }));
  }
  if (Array.isArray(value)) {
    return value.flatMap((one, index) => checkJson(one, roots, `${pointer}/${String(index)}`));
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, one]) =>
    checkJson(one, roots, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

/**
 * A JSON value whose texts are Liquid, filled in whole or not at all. A text that is one expression
 * and nothing else becomes what it stands for: a number stays one, a list too.
 */
export function renderJson(value: Json, scope: object, state: RenderState): RenderedJson {
  try {
    return { json: filled(value, scope, state) };
  } catch (error) {
    return whyUnrendered(error);
  }
}

function filled(value: Json, scope: object, state: RenderState): Json {
  if (typeof value === 'string') return textOf(value, scope, state);
  if (Array.isArray(value)) return value.map((one) => filled(one, scope, state));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, filled(one, scope, state)]),
  );
}

function textOf(text: string, scope: object, globals: RenderState): Json {
  const templates = textEngine.parse(text);
  requireValues(templates, textEngine);
  const output = onlyOutput(templates);
  if (output !== null) {
    const context = new Context(scope, textEngine.options, { globals });
    const found: unknown = toValueSync(output.value.value(context, false));
    // What is no JSON of its own (a function of Liquid's, say) is nothing.
    return JSON.parse(JSON.stringify(found ?? null)) as Json;
  }
  const rendered: unknown = textEngine.renderSync(templates, scope, { globals });
  return String(rendered);
}

function onlyOutput([first, ...rest]: Template[]): Output | null {
  return first instanceof Output && rest.length === 0 ? first : null;
}
