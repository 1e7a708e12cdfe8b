import type { Context, Liquid } from 'liquidjs';
import type { TrackLink } from './mark-links.ts';
import { isBlank } from './missing-value.ts';

/** What filters and tags know of the rendering under way; out of reach of templates. */
export interface RenderState {
  /** BCP 47, for numbers, money, dates and plural forms. */
  language: string;
  /** True while a template is tried out at storing: absent values are no fault then. */
  trial: boolean;
  /** IANA zone of the person, for dates; UTC where none is known. */
  zone?: string;
  /** The shop's ISO 4217 currency, for amounts that name none. */
  currency?: string;
  /** Hands out the links of the message; absent: they lead on directly. */
  track?: TrackLink;
}

export function renderState(ctx: Context): RenderState {
  const { language, trial, zone, currency } = ctx.globals as Partial<RenderState>;
  return {
    language: language ?? 'en',
    trial: trial ?? false,
    ...(zone === undefined ? {} : { zone }),
    ...(currency === undefined ? {} : { currency }),
  };
}

/** Formats kept ready; languages, zones and currencies of real shops are few. */
const FORMATS_MAX = 500;

/** Makes `Intl` objects once for each thing they are made of: making one takes longer than a mail. */
class Formats<F> {
  readonly #known = new Map<string, F>();

  get(name: string, make: () => F): F {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const format = make();
    if (this.#known.size >= FORMATS_MAX) this.#known.clear();
    this.#known.set(name, format);
    return format;
  }
}

const numbers = new Formats<Intl.NumberFormat>();
const dates = new Formats<Intl.DateTimeFormat>();
const plurals = new Formats<Intl.PluralRules>();
const lists = new Formats<Intl.ListFormat>();

/** Decimal major units as people of that language write them; absent stays absent. */
function money(value: unknown, currency: unknown, language: string): unknown {
  if (isBlank(value)) return value;
  const amount = Number(value);
  if (!Number.isFinite(amount)) return undefined;
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) {
    throw new Error('money needs an ISO 4217 currency');
  }
  return numbers
    .get(
      `${language}|${currency}`,
      () => new Intl.NumberFormat(language, { style: 'currency', currency }),
    )
    .format(amount);
}

/** A number in the language's own digits and separators, with at most so many decimals. */
function localNumber(value: unknown, decimals: unknown, language: string): unknown {
  const most = decimals === undefined ? 3 : Number(decimals);
  if (!Number.isInteger(most) || most < 0 || most > 20) {
    throw new Error('number takes 0 to 20 decimals');
  }
  if (isBlank(value)) return value;
  const amount = Number(value);
  if (!Number.isFinite(amount)) return undefined;
  const options = { maximumFractionDigits: most };
  return numbers
    .get(`${language}#${String(most)}`, () => new Intl.NumberFormat(language, options))
    .format(amount);
}

const STYLES = ['full', 'long', 'medium', 'short'] as const;
type Style = (typeof STYLES)[number];

/** Which halves of an instant are written, and how long where nothing is said. */
const WRITTEN = {
  local_date: (style: Style) => ({ dateStyle: style }),
  local_time: (style: Style) => ({ timeStyle: style }),
  local_datetime: (style: Style) => ({ dateStyle: style, timeStyle: 'short' as const }),
};
type DateFilter = keyof typeof WRITTEN;
const USUAL: Record<DateFilter, Style> = {
  local_date: 'long',
  local_time: 'short',
  local_datetime: 'long',
};

/**
 * An instant (ISO 8601, or epoch ms) as people of that language write it, on the person's own clock.
 * A mere day (`2026-11-27`) is the same day everywhere. What is none stays absent.
 */
function localDate(
  filter: DateFilter,
  value: unknown,
  style: unknown,
  { language, zone = 'UTC' }: RenderState,
): unknown {
  const known = STYLES.find((one) => one === (style ?? USUAL[filter]));
  if (known === undefined) throw new Error(`${filter} is ${STYLES.join(', ')}`);
  if (isBlank(value)) return value;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const at = typeof value === 'number' ? value : Date.parse(value);
  if (!(Math.abs(at) <= 8.64e15)) return undefined;
  const isDay = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value.trim());
  const timeZone = isDay ? 'UTC' : zone;
  return dates
    .get(
      [filter, known, language, timeZone].join('|'),
      () => new Intl.DateTimeFormat(language, { ...WRITTEN[filter](known), timeZone }),
    )
    .format(at);
}

const FORMS = ['zero', 'one', 'two', 'few', 'many', 'other'];

/**
 * The word that goes with a number in this language: `{{ n | plural: one: 'day', other: 'days' }}`.
 * A form that is not given is `other`'s.
 */
function plural(value: unknown, forms: unknown[], language: string): unknown {
  const words = new Map<string, unknown>();
  for (const form of forms) {
    const [name, word] = Array.isArray(form) ? (form as unknown[]) : [];
    if (typeof name !== 'string' || !FORMS.includes(name)) {
      throw new Error(`plural takes the forms ${FORMS.join(', ')}`);
    }
    words.set(name, word);
  }
  if (!words.has('other')) throw new Error("plural needs the form other: 'days'");
  if (isBlank(value)) return value;
  const count = Number(value);
  if (!Number.isFinite(count)) return undefined;
  const rules = plurals.get(language, () => new Intl.PluralRules(language));
  return words.get(rules.select(count)) ?? words.get('other');
}

/** `a, b and c`, as the language joins words. */
function localList(value: unknown, language: string): unknown {
  if (!Array.isArray(value)) return value;
  const words = value.filter((one) => !isBlank(one)).map((one) => String(one));
  if (words.length === 0) return undefined;
  return lists.get(language, () => new Intl.ListFormat(language)).format(words);
}

/** The filters that write numbers, money, dates and plural forms as the message's language does. */
export function registerLocaleFilters(engine: Liquid): void {
  engine.registerFilter('money', function (value: unknown, currency: unknown) {
    const state = renderState(this.context);
    return money(value, currency ?? state.currency ?? (state.trial ? 'USD' : null), state.language);
  });
  engine.registerFilter('number', function (value: unknown, decimals: unknown) {
    return localNumber(value, decimals, renderState(this.context).language);
  });
  for (const filter of ['local_date', 'local_time', 'local_datetime'] as const) {
    engine.registerFilter(filter, function (value: unknown, style: unknown) {
      return localDate(filter, value, style, renderState(this.context));
    });
  }
  engine.registerFilter('plural', function (value: unknown, ...forms: unknown[]) {
    return plural(value, forms, renderState(this.context).language);
  });
  engine.registerFilter('list', function (value: unknown) {
    return localList(value, renderState(this.context).language);
  });
}
