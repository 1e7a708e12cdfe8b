import type { Param } from '#domain/condition/operators.ts';
import type { Verdict } from '#domain/condition/verdict.ts';
import type { Json } from '#domain/json.ts';
import { isInstant, parseInstant } from '#domain/time/instant.ts';

/** What a comparison may need beside the value. */
export interface Setting {
  /** The customer's IANA zone; an unknown one counts as UTC. */
  zone: string;
  /** Values for `{ param: name }`. */
  params?: Readonly<Record<string, Json>> | undefined;
}

/**
 * How plain numbers are read as instants: `ms` for what Kairos computed; `guess` for what shops
 * send, where numbers that would be before March 1973 in ms are taken as seconds.
 */
export type Numbers = 'ms' | 'guess';

/** A comparison with what a condition says, made once. `undefined` is no value; `nowMs` epoch ms. */
export type Compare<Answer> = (value: Json | undefined, setting: Setting, nowMs: number) => Answer;
export type Test = Compare<boolean>;
export type Check = Compare<Verdict>;

/** 10^11 s is the year 5138 and 10^11 ms is March 1973: shops mean neither. */
const SECONDS_BELOW = 1e11;

/** The instant (epoch ms) that a date, date-time or number stands for; null when it is none. */
export function toInstant(value: Json | undefined, zone: string, numbers: Numbers): number | null {
  if (typeof value === 'string') return parseInstant(value, zone);
  if (typeof value !== 'number') return null;
  const ms = numbers === 'guess' && Math.abs(value) < SECONDS_BELOW ? value * 1000 : value;
  return isInstant(ms) ? Math.trunc(ms) : null;
}

/** Reads a date that is written down: reckoned again only where the zone is another than before. */
export function fixedInstant(text: string): (zone: string) => number | null {
  let known: { zone: string; at: number | null } | undefined;
  return (zone) => {
    if (known?.zone !== zone) known = { zone, at: parseInstant(text, zone) };
    return known.at;
  };
}

/**
 * A comparison with an operand: made once where the operand is written down, and for the asking
 * where it is a parameter. One that nobody filled in answers no question: `unfilled`.
 */
export function against<Answer>(
  written: Json | Param,
  unfilled: Answer,
  make: (wanted: Json) => Compare<Answer>,
): Compare<Answer> {
  if (!isParam(written)) return make(written);
  return (value, setting, nowMs) => {
    const wanted = paramOf(written, setting);
    return wanted === undefined ? unfilled : make(wanted)(value, setting, nowMs);
  };
}

/** The value of an operand: itself, or the parameter's; undefined when nobody filled it in. */
export function operand(written: Json | Param, setting: Setting): Json | undefined {
  return isParam(written) ? paramOf(written, setting) : written;
}

function paramOf({ param }: Param, { params }: Setting): Json | undefined {
  if (params === undefined || !Object.hasOwn(params, param)) return undefined;
  return params[param] ?? undefined;
}

export function isParam(written: Json | Param): written is Param {
  return typeof written === 'object' && written !== null && !Array.isArray(written);
}
