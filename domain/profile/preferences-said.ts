import { z } from 'zod';
import type { Json, JsonObject } from '#domain/json.ts';
import { languageTag } from '#domain/profile/attributes.ts';
import { PREFERENCES_CHARS_MAX, PREFERENCES_MAX } from '#domain/profile/preferences.ts';
import { isZone } from '#domain/time/zone.ts';

/** Channels of which somebody may say which is dearest, and topics that can be subscribed to. */
const LIST_MAX = 50;
const WORD_MAX = 64;
/** Messages a week: beyond this nobody means a limit. */
const PER_WEEK_MAX = 1_000;
/** As the names of attributes that conditions read: a dot would be a path into a value. */
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
/** Levels of a free setting: lists and groups of plain values, no documents. */
const DEPTH_MAX = 5;

const Word = z.string().min(1).max(WORD_MAX);
const AnyJson: z.ZodType<Json> = z.json();

const Language = z
  .string()
  .max(WORD_MAX)
  .transform((text, ctx) => {
    const tag = languageTag(text);
    if (tag !== null) return tag;
    ctx.addIssue({ code: 'custom', message: 'Write a language as BCP 47 does, such as de-AT.' });
    return z.NEVER;
  });

const Zone = z.string().max(WORD_MAX).refine(isZone, 'Write an IANA zone, such as Europe/Berlin.');

const isDistinct = (words: readonly string[]): boolean => new Set(words).size === words.length;
const Words = z.array(Word).max(LIST_MAX).refine(isDistinct, 'Each may stand here once.');

/**
 * What somebody says of a customer's preferences. Those that Kairos itself reads have a shape; any
 * other name is the shop's own, with any plain value. Null is no preference.
 */
export const PreferencesSaid = z
  .object({
    language: Language.nullable().optional().meta({ description: 'BCP 47.' }),
    zone: Zone.nullable().optional().meta({ description: 'IANA.' }),
    channels: Words.nullable().optional().meta({
      description: 'For marketing these and no others; the dearest first.',
    }),
    topics: z
      .union([Words, z.record(Word, z.boolean())], {
        error: 'Write a list of topics, or true and false by topic.',
      })
      .nullable()
      .optional()
      .meta({
        description: 'A list: these and no others. By name: what was said of each, and no more.',
      }),
    maxPerWeek: z.int().min(0).max(PER_WEEK_MAX).nullable().optional().meta({
      description: 'Marketing messages a week, over all channels.',
    }),
  })
  .catchall(AnyJson)
  .superRefine((said, ctx) => {
    const fault = (path: string[], message: string): void => {
      ctx.addIssue({ code: 'custom', path, message });
    };
    const names = Object.keys(said);
    if (names.length > PREFERENCES_MAX) {
      fault([], `A customer has at most ${String(PREFERENCES_MAX)} preferences.`);
    }
    if (JSON.stringify(said).length > PREFERENCES_CHARS_MAX) {
      fault([], `All together have at most ${String(PREFERENCES_CHARS_MAX)} characters as JSON.`);
    }
    for (const name of names) {
      if (!NAME.test(name)) {
        fault([name], 'A name begins with a letter; letters, digits, _ and - follow, 64 at most.');
      } else if (depthOf(said[name]) > DEPTH_MAX) {
        fault([name], `A value is nested at most ${String(DEPTH_MAX)} levels deep.`);
      }
    }
  })
  .transform((said): JsonObject => {
    const set: JsonObject = {};
    for (const [name, value] of Object.entries(said)) {
      if (value !== undefined) set[name] = value;
    }
    return set;
  });

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
