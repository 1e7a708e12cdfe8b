import type { Condition, Leaf } from '#domain/condition/leaves.ts';
import { COMPUTED } from '#domain/condition/computed-traits.ts';
import { MONEY_TRAITS } from '#domain/condition/facts.ts';
import type { Operators } from '#domain/condition/operators.ts';
import type { Json, JsonObject } from '#domain/json.ts';
import { currencyExponent } from '#domain/profile/money.ts';

/** What a query needs to know beside the condition. */
export interface QuerySetting {
  /** The shop's currency, ISO 4217: money traits are in its minor units. */
  currency: string;
  consentDefault: (channel: string) => boolean;
  /** Whether the members of a segment are kept, and all profiles were looked at for it. */
  isKept: (key: string) => boolean;
}

/** A condition as a filter of MongoDB over profiles. */
export interface ConditionQuery {
  /** Finds everybody of whom the condition holds; an empty filter finds everybody. */
  filter: JsonObject;
  /** Whether it finds nobody else. */
  exact: boolean;
}

const EVERYBODY: ConditionQuery = { filter: {}, exact: false };

/**
 * A condition as a query, as far as one can say it: equality, membership, order of numbers, texts,
 * consents, kept segments. What speaks of time, events or the request is left to closures.
 */
export function conditionQuery(condition: Condition, setting: QuerySetting): ConditionQuery {
  if ('all' in condition) {
    const members = condition.all.map((member) => conditionQuery(member, setting));
    const said = members.filter(({ filter }) => Object.keys(filter).length > 0);
    return {
      filter: said.length === 0 ? {} : { $and: said.map(({ filter }) => filter) },
      exact: members.every(({ exact }) => exact),
    };
  }
  if ('any' in condition) {
    const members = condition.any.map((member) => conditionQuery(member, setting));
    if (members.some(({ filter }) => Object.keys(filter).length === 0)) return EVERYBODY;
    return {
      filter: { $or: members.map(({ filter }) => filter) },
      exact: members.every(({ exact }) => exact),
    };
  }
  if ('not' in condition) {
    // More than it should find, turned round, would be too little.
    const inner = conditionQuery(condition.not, setting);
    return inner.exact ? { filter: { $nor: [inner.filter] }, exact: true } : EVERYBODY;
  }
  return leafQuery(condition, setting);
}

function leafQuery(leaf: Leaf, setting: QuerySetting): ConditionQuery {
  if ('attribute' in leaf) {
    const query = valueQuery(field('$attributes', leaf.attribute), leaf);
    return withPlain(query, { source: 'attributes', name: leaf.attribute }, leaf);
  }
  if ('trait' in leaf) return valueQuery(traitExpression(leaf.trait, setting.currency), leaf);
  if ('preference' in leaf) {
    const query = valueQuery(field('$preferences.values', leaf.preference), leaf);
    return withPlain(query, { source: 'preferences.values', name: leaf.preference }, leaf);
  }
  if ('consent' in leaf) {
    const granted = getField(getField('$consents', leaf.consent), 'granted');
    return exactly({ $eq: [{ $ifNull: [granted, setting.consentDefault(leaf.consent)] }, true] });
  }
  if ('segment' in leaf && typeof leaf.segment === 'string' && setting.isKept(leaf.segment)) {
    return { filter: { 'segments.key': leaf.segment }, exact: true };
  }
  return EVERYBODY;
}

/** Names that mean nothing else in a path of MongoDB's. */
const PLAIN_NAME = /^[A-Za-z][\w-]*$/;

/**
 * The same with equality said a second time by a plain path, which is quicker than an expression and
 * can be served by an index. Alone it would find more: of a list any member counts.
 */
function withPlain(
  query: ConditionQuery,
  { source, name }: { source: string; name: string },
  operators: Operators,
): ConditionQuery {
  const [is, list] = [operandOf(operators, 'is'), operandOf(operators, 'in')];
  const wanted = isScalar(is) ? [is] : list;
  if (!isList(wanted) || !PLAIN_NAME.test(name)) return query;
  return { ...query, filter: { $and: [{ [`${source}.${name}`]: { $in: wanted } }, query.filter] } };
}

function exactly(expression: Json): ConditionQuery {
  return { filter: { $expr: expression }, exact: true };
}

/** Names may hold dots, which a path could not tell from levels: those are left to closures. */
function field(source: string, name: string): Json | null {
  return name.includes('.') ? null : getField(source, name);
}

function getField(input: Json, name: string): Json {
  return { $getField: { field: { $literal: name }, input } };
}

/** A trait as people speak of it: money in major units. */
function traitExpression(name: string, currency: string): Json | null {
  const value = COMPUTED.has(name) ? null : field('$traits', name);
  if (value === null || !MONEY_TRAITS.has(name)) return value;
  const major = { $divide: [value, 10 ** currencyExponent(currency)] };
  return { $cond: [{ $isNumber: value }, major, value] };
}

const KINDS: ReadonlySet<string> = new Set(['attribute', 'trait', 'preference']);

/** All operators of a leaf that a query can say; `value` null: it can say none. */
function valueQuery(value: Json | null, operators: Operators): ConditionQuery {
  if (value === null) return EVERYBODY;
  const said: Json[] = [];
  let exact = true;
  for (const name of Object.keys(operators)) {
    if (KINDS.has(name)) continue;
    const expression = Object.hasOwn(OPERATORS, name)
      ? OPERATORS[name]?.(value, operandOf(operators, name))
      : null;
    if (expression == null) exact = false;
    else said.push(expression);
  }
  return said.length === 0 ? EVERYBODY : { filter: { $expr: { $and: said } }, exact };
}

function operandOf(operators: object, name: string): unknown {
  return new Map<string, unknown>(Object.entries(operators)).get(name);
}

/** An operator as an expression that says exactly what the closure does; null where none can. */
type AsExpression = (value: Json, operand: unknown) => Json | null;

const OPERATORS: Readonly<Record<string, AsExpression>> = {
  is: (value, wanted) => (isScalar(wanted) ? { $eq: [value, { $literal: wanted }] } : null),
  isNot: (value, wanted) => (isScalar(wanted) ? { $ne: [value, { $literal: wanted }] } : null),
  in: (value, list) => (isList(list) ? { $in: [value, { $literal: list }] } : null),
  notIn: (value, list) => (isList(list) ? { $not: [{ $in: [value, { $literal: list }] }] } : null),
  exists: (value, wanted) => {
    const present = { $ne: [{ $ifNull: [value, null] }, null] };
    return wanted === true ? present : { $not: [present] };
  },
  contains: (value, wanted) => (isScalar(wanted) ? containsExpression(value, wanted) : null),
  startsWith: (value, wanted) =>
    typeof wanted === 'string'
      ? ifText(value, { $eq: [{ $indexOfCP: [value, { $literal: wanted }] }, 0] }, false)
      : null,
  gt: (value, bound) => compared('$gt', value, bound),
  gte: (value, bound) => compared('$gte', value, bound),
  lt: (value, bound) => compared('$lt', value, bound),
  lte: (value, bound) => compared('$lte', value, bound),
  between: (value, bounds) => {
    if (!Array.isArray(bounds)) return null;
    const [low, high] = bounds as readonly unknown[];
    const [above, below] = [compared('$gte', value, low), compared('$lte', value, high)];
    return above === null || below === null ? null : { $and: [above, below] };
  },
};

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isList(value: unknown): value is (string | number | boolean)[] {
  return Array.isArray(value) && value.every(isScalar);
}

function ifText(value: Json, then: Json, otherwise: Json): Json {
  return { $cond: [{ $eq: [{ $type: value }, 'string'] }, then, otherwise] };
}

function containsExpression(value: Json, wanted: string | number | boolean): Json {
  const literal = { $literal: wanted };
  const inText =
    typeof wanted === 'string'
      ? ifText(value, { $gte: [{ $indexOfCP: [value, literal] }, 0] }, false)
      : false;
  return { $cond: [{ $isArray: [value] }, { $in: [literal, value] }, inText] };
}

/** What JavaScript's trim takes off, so that query and closure read the same numbers. */
const BLANKS =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';
/** As `decimalNumber` (domain/profile/money.ts) reads text. */
const DECIMAL = '^[+-]?\\d{1,15}(\\.\\d{1,30})?$';

/** Numbers, and texts that are plain decimals; a date would need each customer's zone. */
function compared(operator: string, value: Json, bound: unknown): Json | null {
  if (typeof bound !== 'number') return null;
  const trimmed = { $trim: { input: value, chars: BLANKS } };
  const isDecimal = { $regexMatch: { input: trimmed, regex: DECIMAL } };
  const read = { $cond: [isDecimal, { $toDouble: trimmed }, null] };
  const number = { $cond: [{ $isNumber: value }, value, ifText(value, read, null)] };
  return {
    $let: {
      vars: { number },
      in: { $and: [{ $ne: ['$$number', null] }, { [operator]: ['$$number', bound] }] },
    },
  };
}
