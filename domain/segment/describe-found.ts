import { ageAt } from '#domain/condition/compile-age.ts';
import { AGE, BIRTHDAY } from '#domain/condition/computed-traits.ts';
import { compileCounted } from '#domain/condition/counted-events.ts';
import {
  asksOf,
  NO_MATCHES,
  withMatch,
  type MatchTotals,
} from '#domain/condition/event-matches.ts';
import { matchesOf } from '#domain/condition/matches-of.ts';
import type { Facts } from '#domain/condition/facts.ts';
import type { EventLeaf, Leaf, ValueLeaf } from '#domain/condition/leaves.ts';
import { operand, toInstant } from '#domain/condition/operand.ts';
import { readTrait, readValue } from '#domain/condition/read-value.ts';
import { readPath, type Json } from '#domain/json.ts';
import type { Channel } from '#domain/message/message.ts';
import { readYearlyDate } from '#domain/time/date-occurrence.ts';
import { durationWords } from '#domain/time/duration-words.ts';
import { zoneOr } from '#domain/time/zone.ts';
import { brokenSequence } from './broken-sequence.ts';

/** Values are quoted up to this length: a sentence, not a document. */
const SHOWN_MAX = 100;

/** What was found for one leaf, in a sentence for whoever asks why. `nowMs` in epoch ms. */
export function describeFound(leaf: Leaf, facts: Facts, nowMs: number): string {
  if ('event' in leaf) return eventsFound(leaf, facts, nowMs);
  if ('consent' in leaf) return consentFound(leaf.consent, facts);
  if ('reachable' in leaf) {
    return reachFound(leaf.reachable, facts);
  }
  if ('segment' in leaf) {
    const key = filledIn(leaf.segment, facts);
    if (key === undefined) return 'Nobody filled in which segment.';
    const isIn = typeof key === 'string' && facts.segments?.has(key) === true;
    return `${isIn ? 'Is' : 'Is not'} in ${shown(key)}.`;
  }
  if ('stage' in leaf) {
    return facts.stage == null ? 'No stage is known.' : `The stage is ${shown(facts.stage)}.`;
  }
  return valueFound(leaf, facts, nowMs);
}

function reachFound(channel: Channel, { reachable }: Facts): string {
  const can = reachable?.(channel) === true;
  return `${can ? 'Can' : 'Cannot'} be reached by ${channel}: an address that works, and consent.`;
}

function valueFound(leaf: ValueLeaf, facts: Facts, nowMs: number): string {
  if ('attribute' in leaf) {
    const value = readValue(leaf.attribute)(facts.attributes);
    return isNoDate(leaf, value, facts)
      ? `${is(leaf.attribute, value).slice(0, -1)}, which is no date: write it as 2026-05-17.`
      : is(leaf.attribute, value);
  }
  if ('trait' in leaf && leaf.trait === AGE) return ageFound(facts, nowMs);
  if ('trait' in leaf) return is(leaf.trait, asInstant(leaf.trait, readTrait(leaf.trait)(facts)));
  if ('preference' in leaf) {
    return is(leaf.preference, readValue(leaf.preference)(facts.preferences ?? {}));
  }
  if ('context' in leaf) {
    const value = readPath(facts.context, leaf.context);
    return value == null
      ? `The request says nothing of ${leaf.context}.`
      : `The request says that ${is(leaf.context, value)}`;
  }
  const value = readValue(leaf.param)(facts.params ?? {});
  return value == null ? `Nobody filled in ${leaf.param}.` : is(leaf.param, value);
}

/** Whether a date is asked for, and the text that is there is none. */
function isNoDate(leaf: ValueLeaf, value: Json | undefined, { zone }: Facts): boolean {
  const { before, after, withinLast, anniversary } = leaf;
  if ([before, after, withinLast, anniversary].every((asked) => asked === undefined)) return false;
  if (typeof value !== 'string' || readYearlyDate(value, zone) !== null) return false;
  return toInstant(value, zoneOr(zone), 'guess') === null;
}

function ageFound({ attributes, zone }: Facts, nowMs: number): string {
  const date = readYearlyDate(readValue(BIRTHDAY)(attributes) ?? null, zone);
  const age = date?.year == null ? null : ageAt(date, date.year, { zone: zoneOr(zone), nowMs });
  return age === null ? 'No year of birth is known.' : `age is ${String(age)}.`;
}

function is(name: string, value: Json | undefined): string {
  return value == null ? `${name} is not known.` : `${name} is ${shown(value)}.`;
}

/** Traits that are instants are named so, and kept in ms. */
function asInstant(name: string, value: Json | undefined): Json | undefined {
  return name.endsWith('_at') && typeof value === 'number' ? iso(value) : value;
}

function consentFound(channel: string, facts: Facts): string {
  const said = Object.hasOwn(facts.consents, channel) ? facts.consents[channel] : undefined;
  if (said !== undefined) return `Said ${said.granted ? 'yes' : 'no'} to ${channel}.`;
  const rule = facts.consentDefault(channel) ? 'yes' : 'no';
  return `Never said yes or no to ${channel}, which the shop takes for ${rule}.`;
}

function eventsFound(leaf: EventLeaf, facts: Facts, nowMs: number): string {
  const found = totalsNow(leaf, facts, nowMs);
  if (found === null) return 'Nobody filled in the window with a duration.';
  const window = filledIn(leaf.within, facts);
  const where = leaf.where === undefined ? '' : ', as described,';
  const { followedBy } = leaf;
  const between =
    followedBy?.without === undefined ? '' : ` without ${followedBy.without.event} between`;
  const then =
    followedBy === undefined
      ? ''
      : ` followed by ${followedBy.event}${withinWords(followedBy, facts)}${between}`;
  const last = typeof window === 'string' ? ` in the last ${durationWords(window)}` : '';
  const what = `${leaf.event}${where}${then}`;
  const times =
    found.count === 0
      ? `${what} never happened${last}`
      : `${what} happened ${timesOf(found.count)}${last}`;
  const isMissed = found.count === 0 && !isNoneEnough(leaf);
  const why = isMissed ? brokenSequence(leaf, facts, nowMs) : '';
  return `${times}${needed(leaf, facts)}.${why}${numbersFound(leaf, found)}`;
}

/** Whether it holds, too, of somebody who never did it. */
function isNoneEnough({ atLeast, atMost, exactly }: EventLeaf): boolean {
  return exactly === 0 || atLeast === 0 || (atMost !== undefined && atLeast === undefined);
}

/** The matches that count at this moment, added up; null where the window is none. */
function totalsNow(leaf: EventLeaf, facts: Facts, nowMs: number): MatchTotals | null {
  const { own } = asksOf(leaf);
  if (leaf.within === undefined && leaf.followedBy === undefined) {
    const kept = facts.kept?.(own)?.totals;
    return kept ?? matchesOf(own, facts).reduce(withMatch, NO_MATCHES);
  }
  const counted = compileCounted(leaf)(facts, nowMs);
  if (counted === null) return null;
  return counted
    .filter(({ from }) => from <= nowMs)
    .reduce((totals, { event }) => withMatch(totals, event), NO_MATCHES);
}

function withinWords({ within }: NonNullable<EventLeaf['followedBy']>, facts: Facts): string {
  const span = filledIn(within, facts);
  return typeof span === 'string' ? ` within ${durationWords(span)}` : '';
}

function timesOf(count: number): string {
  return count === 1 ? 'once' : `${String(count)} times`;
}

/** How often it had to happen, where the leaf is about that. */
function needed(leaf: EventLeaf, facts: Facts): string {
  const { atLeast, atMost, exactly } = leaf;
  const words: [string, EventLeaf['atLeast']][] = [
    ['at least', atLeast],
    ['at most', atMost],
    ['exactly', exactly],
  ];
  const said = words.flatMap(([word, count]) => {
    if (count === undefined) return [];
    const value = filledIn(count, facts);
    return [
      typeof value === 'number' ? `${word} ${String(value)}` : `${word} what nobody filled in`,
    ];
  });
  if (said.length > 0) return `; ${said.join(' and ')} asked for`;
  const other = leaf.sum ?? leaf.min ?? leaf.max ?? leaf.avg ?? leaf.first ?? leaf.last;
  return other === undefined ? '; at least 1 asked for' : '';
}

/** What its numbers and instants came to, where the leaf compares them. */
function numbersFound(
  leaf: EventLeaf,
  { sum, min, max, values, first, last }: MatchTotals,
): string {
  const average = values === 0 ? null : sum / values;
  const parts = [
    numberFound('sum', leaf.sum, sum),
    numberFound('smallest', leaf.min, min),
    numberFound('largest', leaf.max, max),
    numberFound('average', leaf.avg, average),
    instantFound('first', leaf.first, first),
    instantFound('last', leaf.last, last),
  ];
  return parts.join('');
}

function numberFound(which: string, path: string | undefined, value: number | null): string {
  if (path === undefined) return '';
  const what = which === 'sum' ? `The sum of ${path}` : `The ${which} ${path}`;
  return value === null ? ` ${what} is not known.` : ` ${what} is ${rounded(value)}.`;
}

function instantFound(which: string, asked: unknown, at: number | null): string {
  return asked === undefined || at === null ? '' : ` The ${which} was at ${iso(at)}.`;
}

/** As conditions compare them: to six decimals. */
function rounded(value: number): string {
  return String(Math.round(value * 1e6) / 1e6);
}

function filledIn(value: Json | { param: string } | undefined, facts: Facts): Json | undefined {
  return value === undefined ? undefined : operand(value, facts);
}

function shown(value: Json): string {
  const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
