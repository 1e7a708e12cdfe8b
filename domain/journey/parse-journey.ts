import type { z } from 'zod';
import type { Fault } from '#domain/errors.ts';
import { isJsonObject } from '#domain/json.ts';
import { deadEnds, missingSteps, timelessLoops } from '#domain/journey/check-graph.ts';
import type { Node } from '#domain/journey/check-graph.ts';
import { ENTRIES } from '#domain/journey/entry.ts';
import type { Entry } from '#domain/journey/entry.ts';
import { explainIssues, pointerTo, quote } from '#domain/journey/explain-issue.ts';
import { Frame, STEPS_MAX, journeyJsonSchema, type Journey } from '#domain/journey/journey.ts';
import { didYouMean, nearestWord } from '#domain/journey/nearest-word.ts';
import { STEP_WORDS, kindOf, stepWordsIn } from '#domain/journey/steps/kinds.ts';
import type { Step } from '#domain/journey/steps/kinds.ts';
import { StepId } from '#domain/journey/words.ts';

/** More at once helps nobody; the rest shows up when these are mended. */
const FAULTS_MAX = 200;
/** The deepest sensible condition is a dozen levels; parsing recurses, so depth is bounded first. */
const DEPTH_MAX = 40;
/** Far above 200 full steps; YAML aliases could otherwise stand for billions of values. */
const VALUES_MAX = 100_000;

export type ParsedJourney = { ok: true; journey: Journey } | { ok: false; faults: Fault[] };

/** Reads a definition and finds every fault of it, each with a JSON pointer and a sentence. */
export function parseJourney(input: unknown): ParsedJourney {
  const tooBig = sizeFault(input);
  if (tooBig !== null) return { ok: false, faults: [tooBig] };
  if (!isJsonObject(input)) {
    return { ok: false, faults: [{ pointer: '#', detail: 'A journey is an object with fields.' }] };
  }
  const reading = new Reading();
  const { entry: writtenEntry, steps: writtenSteps, ...rest } = input;
  const frame = reading.parse(Frame, rest, '#');
  const entry = readEntry(reading, writtenEntry);
  const steps = readSteps(reading, writtenSteps, rest.start);
  if (frame === null || entry === null || steps === null || reading.faults.length > 0) {
    return { ok: false, faults: reading.faults.slice(0, FAULTS_MAX) };
  }
  return { ok: true, journey: { ...frame, entry, steps } };
}

/** One reading of a definition: it goes on after a fault, so that all of them are told. */
class Reading {
  readonly faults: Fault[] = [];

  parse<T>(schema: z.ZodType<T>, value: unknown, pointer: string): T | null {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    this.faults.push(
      ...explainIssues(result.error.issues, { value, pointer, fields: knownFields() }),
    );
    return null;
  }

  /** Notes a fault; null, so that a reader can return it. */
  fault(pointer: string, detail: string): null {
    this.faults.push({ pointer, detail });
    return null;
  }
}

function readEntry(reading: Reading, written: unknown): Entry | null {
  if (written === undefined) {
    return reading.fault('#/entry', 'Say how customers get in: "entry" is missing.');
  }
  if (!isJsonObject(written)) {
    return reading.fault('#/entry', '"entry" must be an object with named fields.');
  }
  const words = Object.keys(ENTRIES);
  const named = Object.entries(ENTRIES).filter(([word]) => Object.hasOwn(written, word));
  const schema: z.ZodType<Entry> | undefined = named[0]?.[1];
  if (schema === undefined) {
    const guess = guessOf(Object.keys(written), words);
    return reading.fault(
      '#/entry',
      `Say how customers get in: one of ${words.join(', ')}.${guess}`,
    );
  }
  if (named.length > 1) {
    const both = named.map(([word]) => word).join(' and ');
    return reading.fault('#/entry', `A journey has one way in; this says ${both}.`);
  }
  return reading.parse(schema, written, '#/entry');
}

function readSteps(
  reading: Reading,
  written: unknown,
  start: unknown,
): Record<string, Step> | null {
  if (written === undefined) return reading.fault('#/steps', '"steps" is missing.');
  if (!isJsonObject(written)) {
    return reading.fault('#/steps', '"steps" must be an object: each step under its name.');
  }
  const count = Object.keys(written).length;
  if (count === 0) return reading.fault('#/steps', 'A journey has at least one step.');
  if (count > STEPS_MAX) {
    const detail = `A journey has at most ${String(STEPS_MAX)} steps; these are ${String(count)}.`;
    return reading.fault('#/steps', detail);
  }
  const read = Object.entries(written).map(([id, step]) => readStep(reading, id, step));
  checkGraph(reading, read, start);
  return Object.fromEntries(read.flatMap(({ id, step }) => (step === null ? [] : [[id, step]])));
}

interface ReadStep {
  id: string;
  step: Step | null;
  /** Null: of no kind. */
  node: Node | null;
}

function readStep(reading: Reading, id: string, written: unknown): ReadStep {
  const pointer = pointerTo('#/steps', id);
  reading.parse(StepId, id, pointer);
  if (!isJsonObject(written)) {
    reading.fault(pointer, `The step ${quote(id)} must be an object with named fields.`);
    return { id, step: null, node: null };
  }
  const words = stepWordsIn(written);
  if (words.length !== 1) {
    const detail =
      words.length === 0
        ? `Say what the step does: one of ${STEP_WORDS.join(', ')}.${guessOf(Object.keys(written), STEP_WORDS)}`
        : `A step does one thing; this says ${words.join(' and ')}.`;
    reading.fault(pointer, detail);
    return { id, step: null, node: null };
  }
  const kind = kindOf(written);
  const step = reading.parse(kind.schema, written, pointer);
  if (step !== null) {
    for (const fault of kind.faults(step)) reading.fault(pointer + fault.pointer, fault.detail);
  }
  const node = { nexts: kind.nexts(written), takesTime: kind.takesTime, ends: kind.ends };
  return { id, step, node };
}

/** Where a step leads nobody knows, it counts as an end: its fault is told, and only that. */
const LOST: Node = { nexts: [], takesTime: true, ends: true };

function checkGraph(reading: Reading, read: readonly ReadStep[], start: unknown): void {
  const graph = new Map(read.map(({ id, node }) => [id, node ?? LOST]));
  const begin = typeof start === 'string' ? start : null;
  reading.faults.push(...missingSteps(graph, begin), ...timelessLoops(graph));
  if (begin !== null) reading.faults.push(...deadEnds(mended(graph), meant(graph, begin)));
}

/** The step an arrow was meant to lead to, so that one slip is not told as two faults. */
function meant(graph: ReadonlyMap<string, Node>, target: string): string {
  return graph.has(target) ? target : (nearestWord(target, graph.keys()) ?? target);
}

/** The graph as it will be once the arrows that lead nowhere are mended. */
function mended(graph: ReadonlyMap<string, Node>): Map<string, Node> {
  const whole = new Map<string, Node>();
  for (const [id, node] of graph) {
    const nexts = node.nexts.map((next) => ({ ...next, target: meant(graph, next.target) }));
    const leadsAstray = nexts.length === 0 || nexts.some((next) => !graph.has(next.target));
    whole.set(id, { ...node, nexts, ends: node.ends || leadsAstray });
  }
  return whole;
}

function guessOf(written: readonly string[], words: readonly string[]): string {
  return written.map((word) => didYouMean(word, words)).find((guess) => guess !== '') ?? '';
}

/** Bounds what follows: recursion by depth, work by the number of values, cycles by both. */
function sizeFault(input: unknown): Fault | null {
  const pending: { value: unknown; depth: number }[] = [{ value: input, depth: 1 }];
  let count = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    count += 1;
    if (next.depth > DEPTH_MAX) {
      const detail = `This is nested too deeply: at most ${String(DEPTH_MAX)} levels.`;
      return { pointer: '#', detail };
    }
    if (count > VALUES_MAX) {
      const detail = `This is too big: at most ${String(VALUES_MAX)} values.`;
      return { pointer: '#', detail };
    }
    if (typeof next.value !== 'object' || next.value === null) continue;
    const depth = next.depth + 1;
    for (const value of Object.values(next.value)) pending.push({ value, depth });
  }
  return null;
}

let fields: string[] | undefined;

/** Every field name of the language, found in its own schema once. */
function knownFields(): string[] {
  fields ??= [...new Set(fieldsIn(journeyJsonSchema()))];
  return fields;
}

function fieldsIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own =
    'properties' in schema && isJsonObject(schema.properties) ? Object.keys(schema.properties) : [];
  return [...own, ...Object.values(schema).flatMap(fieldsIn)];
}
