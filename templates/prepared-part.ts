import type { Liquid, Template } from 'liquidjs';

/** One Liquid text, parsed, with the engine that renders it. */
export interface PreparedPart {
  engine: Liquid;
  templates: Template[];
}
