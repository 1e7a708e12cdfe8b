import {
  analyzeSync,
  ForTag,
  TablerowTag,
  TypeGuards,
  type Liquid,
  type Template,
  type Token,
} from 'liquidjs';
import { EACH } from '#domain/template/known-names.ts';
import { childrenOf } from './required-values.ts';

/** Where a loop's variable comes from: `item` -> `profile`, `cart`, `[]`. */
type Aliases = ReadonlyMap<string, readonly string[]>;

/**
 * Every path of the scope that a good Liquid text asks for, by its names; what loops run over is
 * followed (`profile.cart.[].name`), what is computed ends a path.
 */
export function namedPaths(source: string, engine: Liquid): string[][] {
  const templates = engine.parse(source);
  const { globals } = analyzeSync(templates, { partials: false });
  const paths = Object.values(globals).flatMap((uses) =>
    uses.map(({ segments }) => plainPart(segments)),
  );
  collectLoops(templates, new Map(), paths);
  return [...new Map(paths.map((path) => [path.join('\0'), path])).values()];
}

/** What a parsed text reads of the scope: what it does not need is not fetched for it. */
export function readsOf(templates: Template[]): { roots: string[]; pools: string[] } {
  const { globals } = analyzeSync(templates, { partials: false });
  const pools = (globals.vouchers ?? []).flatMap(({ segments }) => plainPart(segments).slice(1, 2));
  return { roots: Object.keys(globals), pools };
}

function plainPart(segments: readonly unknown[]): string[] {
  const end = segments.findIndex((one) => typeof one !== 'string');
  return (end === -1 ? segments : segments.slice(0, end)).map((one) => String(one));
}

function collectLoops(templates: readonly Template[], aliases: Aliases, paths: string[][]): void {
  for (const template of templates) {
    const children = childrenOf(template);
    const isLoop = template instanceof ForTag || template instanceof TablerowTag;
    const list = isLoop ? pathOf(template.collection, aliases) : null;
    if (!isLoop || list === null) {
      collectLoops(children, aliases, paths);
      continue;
    }
    const each = [...list, EACH];
    const { globals } = analyzeSync(children, { partials: false });
    const uses = Object.hasOwn(globals, template.variable) ? globals[template.variable] : undefined;
    for (const { segments } of uses ?? []) paths.push([...each, ...plainPart(segments).slice(1)]);
    collectLoops(children, new Map([...aliases, [template.variable, each]]), paths);
  }
}

/** The path of what a loop runs over; null where it is computed. */
function pathOf(collection: Token, aliases: Aliases): string[] | null {
  const token = TypeGuards.isFilteredValueToken(collection)
    ? collection.initial.postfix[0]
    : collection;
  if (!TypeGuards.isPropertyAccessToken(token)) return null;
  const names = token.getText().split('.');
  if (!names.every((name) => /^[\w-]+$/.test(name))) return null;
  const [root = '', ...rest] = names;
  return [...(aliases.get(root) ?? [root]), ...rest];
}
