import {
  EchoTag,
  Filter,
  Output,
  Tokenizer,
  TypeGuards,
  Value,
  type Liquid,
  type Template,
  type Token,
} from 'liquidjs';
import { callDirectly } from './call-directly.ts';
import { renderState } from './locale-filters.ts';
import { isBlank, MissingValueError } from './missing-value.ts';

type FilterArguments = Filter['args'];

/**
 * Makes every output of a parsed template insist on its values: what is printed without a
 * `default` must not be empty, nor may what its filters add (`append: profile.last_name`).
 * Conditions are left alone, so that `{% if profile.first_name %}` may ask for what is absent.
 */
export function requireValues(templates: readonly Template[], engine: Liquid): void {
  for (const template of templates) {
    const value = printed(template);
    if (value !== null) requireValue(value, engine);
    requireValues(childrenOf(template), engine);
  }
}

/** The templates inside a block; Liquid hands them out by a generator that has nothing to wait for. */
export function childrenOf(template: Template): Template[] {
  const children = template.children?.(false, true);
  if (children === undefined) return [];
  let step = children.next();
  while (step.done !== true) step = children.next();
  return step.value;
}

function printed(template: Template): Value | null {
  if (template instanceof Output) return template.value;
  if (!(template instanceof EchoTag)) return null;
  for (const argument of template.arguments()) if (argument instanceof Value) return argument;
  return null;
}

function requireValue(value: Value, engine: Liquid): void {
  const byDefault = value.filters.filter((filter) => filter.name === 'default');
  const operands = value.initial.postfix;
  // `default: ''` says in so many words that nothing may stand here.
  const mayBeBlank = byDefault.some((filter) => filter.args.some((arg) => isText(arg)));
  const literal = operands.length === 1 && !TypeGuards.isPropertyAccessToken(operands[0]);
  const path = operands.map((token) => token.getText()).join(' ');
  // The engine's escaping stands last in the filters of an output; it changes nothing here.
  const changes = value.filters.some((filter) => Object.hasOwn(engine.filters, filter.name));
  if (byDefault.length === 0) {
    const added = value.filters.flatMap((filter) => filter.args.flatMap(variable));
    value.filters.unshift(checkFilter({ engine, path, args: added, itself: !literal }));
  }
  if (changes && !mayBeBlank && !literal) {
    value.filters.push(checkFilter({ engine, path, args: [], itself: true }));
  }
  callDirectly(value);
}

interface Check {
  engine: Liquid;
  path: string;
  args: FilterArguments;
  /** Whether what is filtered must be there too, beside the arguments. */
  itself: boolean;
}

/** A filter that lets through what it is given, unless that or one of its arguments is empty. */
function checkFilter({ engine, path, args, itself }: Check): Filter {
  const [token] = new Tokenizer('| required').readFilters();
  if (token === undefined) throw new Error('Liquid read no filter');
  token.args = args;
  return new Filter(
    token,
    function (value: unknown, ...rest: unknown[]) {
      const blank = (itself && isBlank(value)) || rest.some((one) => isBlank(one));
      if (blank && !renderState(this.context).trial) throw new MissingValueError(path);
      return value;
    },
    engine,
  );
}

function isText(argument: FilterArguments[number]): boolean {
  return !Array.isArray(argument) && TypeGuards.isQuotedToken(argument);
}

/** What an argument of a filter reads from the scope: literals are the marketer's own words. */
function variable(argument: FilterArguments[number]): FilterArguments {
  const token: Token | undefined = Array.isArray(argument) ? argument[1] : argument;
  return TypeGuards.isPropertyAccessToken(token) ? [token] : [];
}
