import { TypeGuards, type Context, type Filter, type Value } from 'liquidjs';

/**
 * Liquid walks every step of an output in a generator of its own, so that a template may wait for
 * what it prints. Ours never wait: they print plain values that are there already. What is simple
 * is read and called at once here; Liquid takes a value wherever it takes a generator, and the
 * values are the same.
 */
export function callDirectly(value: Value): void {
  for (const filter of value.filters) if (filter.args.length === 0) callFilter(filter);
  const path = plainPath(value);
  if (path !== null) readPath(value, path);
}

/** What Liquid's parts consist of, by Liquid's own names: its types say them private. */
interface FilterInside {
  handler: (this: unknown, value: unknown) => unknown;
  render: (value: unknown, context: Context) => unknown;
  token: unknown;
  liquid: unknown;
}
interface ContextInside {
  findScope(name: string): object;
}

function callFilter(filter: Filter): void {
  const inside = filter as unknown as FilterInside;
  const { handler, token, liquid } = inside;
  inside.render = (value, context) => handler.call({ context, token, liquid }, value);
}

type Path = readonly [string, ...string[]];

/** The words of `profile.first_name`; null for whatever is reckoned first, as `cart[0]` is. */
function plainPath({ initial: { postfix } }: Value): Path | null {
  const [token] = postfix;
  if (postfix.length !== 1 || !TypeGuards.isPropertyAccessToken(token)) return null;
  if (token.variable !== undefined || !token.props.every(TypeGuards.isWordToken)) return null;
  const [first, ...rest] = token.props.map((word) => (word as { content: string }).content);
  return first === undefined ? null : [first, ...rest];
}

/** As Liquid reads it, step by step, by its own rules of what belongs to a value. */
function readPath(value: Value, path: Path): void {
  const initial = value.initial as unknown as { evaluate: (context: Context) => unknown };
  initial.evaluate = (context) => {
    let found = (context as unknown as ContextInside).findScope(path[0]);
    for (const name of path) found = context.readProperty(found, name) as object;
    return found;
  };
}
