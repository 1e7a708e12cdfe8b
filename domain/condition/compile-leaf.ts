import type { CompiledCondition } from '#domain/condition/compiled.ts';
import { compileAge } from '#domain/condition/compile-age.ts';
import { compileEvents } from '#domain/condition/compile-events.ts';
import { compileOperators } from '#domain/condition/compile-operators.ts';
import { AGE } from '#domain/condition/computed-traits.ts';
import type { Facts } from '#domain/condition/facts.ts';
import type { Leaf, SegmentLeaf, ValueLeaf } from '#domain/condition/leaves.ts';
import { operand, type Numbers } from '#domain/condition/operand.ts';
import { readTrait, readValue } from '#domain/condition/read-value.ts';
import { FAILS, verdict } from '#domain/condition/verdict.ts';
import { readParts, type Json, type JsonObject } from '#domain/json.ts';

/** Makes the closure of one leaf. */
export function compileLeaf(leaf: Leaf): CompiledCondition {
  if ('event' in leaf) return compileEvents(leaf);
  if ('consent' in leaf) return consented(leaf.consent);
  if ('reachable' in leaf) {
    const { reachable: channel } = leaf;
    return ({ reachable }) => verdict(reachable?.(channel) === true);
  }
  if ('segment' in leaf) return member(leaf.segment);
  if ('stage' in leaf) {
    const { stage } = leaf;
    return (facts) => {
      const key = operand(stage, facts);
      return verdict(typeof key === 'string' && facts.stage === key);
    };
  }
  if ('trait' in leaf && leaf.trait === AGE) return compileAge(leaf);
  const [read, numbers] = valueRead(leaf);
  const check = compileOperators(leaf, numbers);
  return (facts, nowMs) => check(read(facts), facts, nowMs);
}

function member(segment: SegmentLeaf['segment']): CompiledCondition {
  return (facts) => {
    const key = operand(segment, facts);
    if (typeof key !== 'string') return FAILS;
    const holds = facts.segments?.has(key) === true;
    return facts.segmentFlip === undefined
      ? verdict(holds)
      : { holds, flipsAt: facts.segmentFlip(key) };
  };
}

function consented(channel: string): CompiledCondition {
  return ({ consents, consentDefault }) => {
    const said = Object.hasOwn(consents, channel) ? consents[channel] : undefined;
    return verdict(said?.granted ?? consentDefault(channel));
  };
}

const NONE: JsonObject = {};

/** What reads the value that a leaf speaks of, and how that is read where it is a number. */
function valueRead(leaf: ValueLeaf): [(facts: Facts) => Json | undefined, Numbers] {
  if ('trait' in leaf) return [readTrait(leaf.trait), 'ms'];
  if ('attribute' in leaf) {
    const read = readValue(leaf.attribute);
    return [({ attributes }) => read(attributes), 'guess'];
  }
  if ('preference' in leaf) {
    const read = readValue(leaf.preference);
    return [({ preferences }) => read(preferences ?? NONE), 'guess'];
  }
  if ('context' in leaf) {
    const parts = leaf.context.split('.');
    return [({ context }) => readParts(context, parts), 'guess'];
  }
  // The leaf's own `param` names the value; nothing filled in is no value.
  const read = readValue(leaf.param);
  return [({ params }) => read(params ?? NONE), 'guess'];
}
