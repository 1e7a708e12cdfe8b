import {
  PRIORITY_DEFAULT,
  type Cap,
  type GateSettings,
  type JourneyGate,
  type QuietHours,
} from '#domain/message/gate/gate-settings.ts';
import type { Channel } from '#domain/message/message.ts';
import { isJsonObject, type Json, type JsonObject } from '#domain/json.ts';
import { longestMs } from '#domain/time/duration.ts';

/** What one message is held against: the shop's settings, and what its journey says in addition. */
export interface GateRules {
  quietHours: QuietHours | null;
  caps: readonly Cap[];
  /** Count messages of its own journey only. */
  journeyCaps: readonly Cap[];
  /** From one marketing message to the next; 0: none. */
  minDistanceMs: number;
  holdoutPercent: number;
  journeyHoldoutPercent: number;
  priority: number;
}

/** The rules for a message of a journey; undefined: one that says nothing, or of none. */
export function gateRules(settings: GateSettings, journey: JourneyGate | undefined): GateRules {
  const { quietHours = settings.quietHours } = journey ?? {};
  return {
    quietHours: quietHours === false ? null : quietHours,
    caps: settings.caps,
    journeyCaps: journey?.caps ?? [],
    minDistanceMs: settings.minDistance === null ? 0 : longestMs(settings.minDistance),
    holdoutPercent: settings.holdoutPercent,
    journeyHoldoutPercent: journey?.holdoutPercent ?? 0,
    priority: journey?.priority ?? PRIORITY_DEFAULT,
  };
}

/** What a person said of being written to; null: nothing. */
export interface Wishes {
  /** These and no others. */
  channels: readonly string[] | null;
  /** A list: these and no others. By name: what was said of each, and no more. */
  topics: readonly string[] | Readonly<Record<string, boolean>> | null;
  /** Marketing messages a calendar week, over all channels. */
  maxPerWeek: number | null;
}

/** Reads a profile's preferences; what has no shape that is known says nothing. */
export function wishesIn(values: JsonObject | undefined): Wishes {
  const { channels, topics, maxPerWeek } = values ?? {};
  return {
    channels: texts(channels),
    topics: texts(topics) ?? (isJsonObject(topics) ? saidOf(topics) : null),
    maxPerWeek: typeof maxPerWeek === 'number' ? maxPerWeek : null,
  };
}

function texts(value: Json | undefined): string[] | null {
  if (!Array.isArray(value)) return null;
  return value.filter((one): one is string => typeof one === 'string');
}

function saidOf(topics: JsonObject): Record<string, boolean> {
  return Object.fromEntries(
    Object.entries(topics).filter((one): one is [string, boolean] => typeof one[1] === 'boolean'),
  );
}

/** Whether the person wants marketing in this channel. */
export function wantsChannel({ channels }: Wishes, channel: Channel): boolean {
  return channels === null || channels.includes(channel);
}

/** Whether the person wants marketing on this topic; null: it has none. */
export function wantsTopic({ topics }: Wishes, topic: string | null): boolean {
  if (topic === null || topics === null) return true;
  if (isList(topics)) return topics.includes(topic);
  return !Object.hasOwn(topics, topic) || topics[topic] !== false;
}

function isList(topics: NonNullable<Wishes['topics']>): topics is readonly string[] {
  return Array.isArray(topics);
}
