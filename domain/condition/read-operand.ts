import type { Param } from '#domain/condition/operators.ts';
import type { Json } from '#domain/json.ts';
import { isInstant, parseInstant } from '#domain/time/instant.ts';

/** What a comparison needs beside the value. */
export interface Clock {
  /** Epoch ms. */
  nowMs: number;
  zone: string;
  params: Readonly<Record<string, Json>> | undefined;
  /**
   * How plain numbers are read as instants: `ms` for what Kairos computed; `guess` for what shops
   * send, where numbers that would be before March 1973 in ms are taken as seconds.
   */
  numbers: 'ms' | 'guess';
}

/** 10^11 s is the year 5138 and 10^11 ms is March 1973: shops mean neither. */
const SECONDS_BELOW = 1e11;

/** The instant (epoch ms) that a date, date-time or number stands for; null when it is none. */
export function toInstant(value: Json | undefined, clock: Clock): number | null {
  if (typeof value === 'string') return parseInstant(value, clock.zone);
  if (typeof value !== 'number') return null;
  const ms = clock.numbers === 'guess' && Math.abs(value) < SECONDS_BELOW ? value * 1000 : value;
  return isInstant(ms) ? Math.trunc(ms) : null;
}

/** The value of an operand: itself, or the parameter's; undefined when nobody filled it in. */
export function operand(value: Json | Param, clock: Clock): Json | undefined {
  if (!isParam(value)) return value;
  const params = clock.params;
  if (params === undefined || !Object.hasOwn(params, value.param)) return undefined;
  return params[value.param] ?? undefined;
}

function isParam(value: Json | Param): value is Param {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
