import type { JsonObject } from '#domain/json.ts';
import type { DomainRate, SendingSettings } from '#domain/message/pace/sending-settings.ts';
import {
  giveLineBack,
  hasRoom,
  isLineAlive,
  LINE_UNUSED,
  lineTime,
  takeLine,
  tellLine,
  URGENCIES,
  type LineUse,
  type Urgency,
} from '#domain/message/pace/throttle.ts';
import {
  dateIn,
  freedBy,
  heldUntil,
  isWarmUpAlive,
  useOn,
  warmUpDay,
  type WarmUpDay,
  type WarmUpUse,
} from '#domain/message/pace/warm-up.ts';

/** A mail that is about to go out. */
export interface PaceAsk {
  /** Through whom. */
  provider: string;
  /** Of the domains' lines, the one that means its recipient's; null: none does. */
  line: string | null;
  urgency: Urgency;
  /** Somebody is owed it: a new provider's plan counts it and does not hold it. */
  isOwed: boolean;
}

/** What was counted for one mail, to be given back where it did not go out. */
export interface Place {
  line: { name: string; at: number } | null;
  warmUp: { provider: string; date: string } | null;
}

export type PaceAnswer =
  | { go: Place }
  /** Not now: it is asked again at `until` (epoch ms). */
  | { wait: { until: number; reason: 'warmUp' | 'throttled'; details: JsonObject } };

/** What was counted so far. */
export interface PaceUse {
  lines: ReadonlyMap<string, LineUse>;
  warmUps: ReadonlyMap<string, WarmUpUse>;
}

export const PACE_UNUSED: PaceUse = { lines: new Map(), warmUps: new Map() };

/** By what places are given. */
export interface PaceRules {
  settings: SendingSettings;
  /** IANA; of the shop. */
  zone: string;
}

/** Whether anything that is set concerns this mail now (epoch ms): else nobody counts. */
export function asksPace(
  { settings, zone }: PaceRules,
  { provider, line }: Pick<PaceAsk, 'provider' | 'line'>,
  now: number,
): boolean {
  if (line !== null) return true;
  const plan = settings.warmUp.find((one) => one.provider === provider);
  return plan !== undefined && warmUpDay(plan, zone, now) !== null;
}

/**
 * Gives places to a slice of mails, the more urgent first, then in the order of asking. A mail gets
 * the place that its domain's rate and the plan of its provider have for it, or neither. The answers
 * stand at their asks' places.
 */
export function takePlaces(
  rules: PaceRules,
  use: PaceUse,
  asks: readonly PaceAsk[],
  now: number,
): { use: PaceUse; answers: PaceAnswer[] } {
  const slice = new PlaceSlice(rules, use, now);
  const answers = new Map<PaceAsk, PaceAnswer>();
  const rank = ({ urgency }: PaceAsk): number => URGENCIES.indexOf(urgency);
  for (const ask of [...asks].sort((a, b) => rank(a) - rank(b))) {
    answers.set(ask, slice.answer(ask));
  }
  return {
    use: slice.use(),
    answers: asks.map((ask) => answers.get(ask) ?? { go: NO_PLACE }),
  };
}

const NO_PLACE: Place = { line: null, warmUp: null };

/** Places of mails that did not go out count for nobody. */
export function givePlacesBack({ lines, warmUps }: PaceUse, places: readonly Place[]): PaceUse {
  const [left, days] = [new Map(lines), new Map(warmUps)];
  for (const { line, warmUp } of places) {
    const used = line === null ? undefined : left.get(line.name);
    if (line !== null && used !== undefined) left.set(line.name, giveLineBack(used, line.at));
    const day = warmUp === null ? undefined : days.get(warmUp.provider);
    if (warmUp === null || day?.date !== warmUp.date) continue;
    days.set(warmUp.provider, { ...day, sent: Math.max(0, day.sent - 1) });
  }
  return { lines: left, warmUps: days };
}

/** A slice under way: what is counted as it becomes, mail by mail. */
class PlaceSlice {
  readonly #rules: PaceRules;
  readonly #now: number;
  readonly #lines: Map<string, LineUse>;
  readonly #warmUps: Map<string, WarmUpUse>;
  readonly #date: string;

  constructor(rules: PaceRules, { lines, warmUps }: PaceUse, now: number) {
    const { domains, warmUp } = rules.settings;
    this.#rules = rules;
    this.#now = now;
    this.#date = dateIn(rules.zone, now).toString();
    // What is set no more is forgotten once it counts for nothing: it may be set again before, and
    // for a moment another worker goes by other settings.
    this.#lines = new Map(
      [...lines].filter(
        ([name, line]) => Object.hasOwn(domains, name) || isLineAlive(line, this.#date, now),
      ),
    );
    this.#warmUps = new Map(
      [...warmUps].filter(
        ([name, use]) =>
          warmUp.some(({ provider }) => provider === name) || isWarmUpAlive(use, now),
      ),
    );
  }

  use(): PaceUse {
    return { lines: this.#lines, warmUps: this.#warmUps };
  }

  /** The plan first: who is held until tomorrow need not wait for a minute's rate before. */
  answer(ask: PaceAsk): PaceAnswer {
    const day = this.#dayOf(ask.provider);
    const held = day === null ? null : this.#hold(ask, day);
    if (held !== null) return held;
    const rate = this.#rateOf(ask.line);
    if (ask.line === null || rate === undefined) return { go: this.#place(ask, day, null) };
    const use = this.#lines.get(ask.line) ?? LINE_UNUSED;
    const at = lineTime(use, this.#now);
    if (hasRoom(rate, use, ask.urgency, at)) {
      this.#lines.set(ask.line, takeLine(rate, use, { at, date: this.#date }));
      return { go: this.#place(ask, day, { name: ask.line, at }) };
    }
    const told = tellLine(rate, use, ask.urgency, at);
    this.#lines.set(ask.line, told.use);
    const { perMinute = null, perHour = null } = rate;
    const details = { domain: ask.line, perMinute, perHour };
    return { wait: { until: told.until, reason: 'throttled', details } };
  }

  #rateOf(line: string | null): DomainRate | undefined {
    const { domains } = this.#rules.settings;
    return line !== null && Object.hasOwn(domains, line) ? domains[line] : undefined;
  }

  #timeOf(provider: string): number {
    return Math.max(this.#now, this.#warmUps.get(provider)?.from ?? 0);
  }

  #dayOf(provider: string): WarmUpDay | null {
    const { settings, zone } = this.#rules;
    const plan = settings.warmUp.find((one) => one.provider === provider);
    return plan === undefined ? null : warmUpDay(plan, zone, this.#timeOf(provider));
  }

  #hold({ provider, isOwed }: PaceAsk, day: WarmUpDay): PaceAnswer | null {
    const use = useOn(day, this.#warmUps.get(provider));
    const at = this.#timeOf(provider);
    if (isOwed || use.sent < freedBy(day, at)) return null;
    const until = heldUntil(day, use, at);
    this.#warmUps.set(provider, { ...use, held: use.held + 1 });
    const details = { provider, day: day.date, number: day.number };
    return { wait: { until, reason: 'warmUp', details } };
  }

  #place({ provider }: PaceAsk, day: WarmUpDay | null, line: Place['line']): Place {
    if (day === null) return { line, warmUp: null };
    const use = useOn(day, this.#warmUps.get(provider));
    this.#warmUps.set(provider, { ...use, sent: use.sent + 1 });
    return { line, warmUp: { provider, date: day.date } };
  }
}
