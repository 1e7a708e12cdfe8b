import type { z } from 'zod';
import { DEPTH_MAX, LEAVES, NODES_MAX, type Condition } from '#domain/condition/leaves.ts';
import type { Fault } from '#domain/errors.ts';
import { nearestWord } from '#domain/journey/nearest-word.ts';
import { isJsonObject } from '#domain/json.ts';

type Path = readonly (string | number)[];
export interface ConditionIssue {
  path: Path;
  detail: string;
}

/** Guessing what a key was meant to be takes time. */
const KEYS_LOOKED_AT = 20;
const GROUPS = ['all', 'any', 'not'] as const;
const KINDS = [...GROUPS, ...Object.keys(LEAVES)];

/**
 * Reads a condition, or says everything that is wrong with it, each fault with its JSON pointer
 * (from `#`) and a sentence a marketer understands.
 */
export function parseCondition(input: unknown): { ok: Condition } | { faults: readonly Fault[] } {
  const parsed = readCondition(input);
  if ('ok' in parsed) return parsed;
  return {
    faults: parsed.issues.map((issue) => ({
      pointer: `#${issue.path.map((part) => `/${escapePart(String(part))}`).join('')}`,
      detail: issue.detail,
    })),
  };
}

/** As `parseCondition`, with paths instead of pointers. */
export function readCondition(input: unknown): { ok: Condition } | { issues: ConditionIssue[] } {
  const reader = new ConditionReader();
  const condition = reader.read(input, [], 1);
  return condition === null || reader.issues.length > 0
    ? { issues: reader.issues }
    : { ok: condition };
}

class ConditionReader {
  readonly issues: ConditionIssue[] = [];
  private nodes = 0;

  /** Null where this node is wrong; the issues say why. */
  read(input: unknown, path: Path, depth: number): Condition | null {
    this.nodes += 1;
    // One fault is enough for a limit: whatever lies beyond it is not looked at.
    if (this.nodes === NODES_MAX + 1) {
      this.fault(path, `A condition may have at most ${String(NODES_MAX)} parts.`);
    }
    if (this.nodes > NODES_MAX) return null;
    if (depth > DEPTH_MAX) {
      return this.fault(path, `Conditions may be nested at most ${String(DEPTH_MAX)} deep.`);
    }
    if (!isJsonObject(input)) return this.fault(path, `A condition is an object: ${SAYS}.`);
    const kinds = KINDS.filter((kind) => Object.hasOwn(input, kind));
    const [kind, another] = kinds;
    if (kind === undefined) return this.unknownKind(input, path);
    if (another !== undefined) {
      return this.fault(
        [...path, another],
        `"${kind}" and "${another}" are two conditions: put them into a list under "all" or "any".`,
      );
    }
    return this.readKind(kind, input, { path, depth });
  }

  /** Names the key that was most likely meant to say what to look at. */
  private unknownKind(input: Record<string, unknown>, path: Path): null {
    for (const key of Object.keys(input).slice(0, KEYS_LOOKED_AT)) {
      const meant = nearestWord(key, KINDS);
      if (meant === null) continue;
      const detail = `"${shown(key)}" is not known here. Did you mean "${meant}"?`;
      return this.fault([...path, key], detail);
    }
    return this.fault(path, `Say what to look at: ${SAYS}.`);
  }

  private readKind(
    kind: string,
    input: Record<string, unknown>,
    { path, depth }: { path: Path; depth: number },
  ): Condition | null {
    if (kind !== 'all' && kind !== 'any' && kind !== 'not') return this.readLeaf(kind, input, path);
    for (const key of Object.keys(input)) {
      if (key !== kind)
        this.fault([...path, key], `"${shown(key)}" cannot stand beside "${kind}".`);
    }
    const inner = input[kind];
    const at = [...path, kind];
    if (kind === 'not') {
      const condition = this.read(inner, at, depth + 1);
      return condition === null ? null : { not: condition };
    }
    const members = this.readList(inner, at, depth);
    if (members === null) return null;
    return kind === 'all' ? { all: members } : { any: members };
  }

  private readList(inner: unknown, at: Path, depth: number): Condition[] | null {
    if (!Array.isArray(inner) || inner.length === 0) {
      return this.fault(at, 'Write a list with at least one condition.');
    }
    const members: Condition[] = [];
    for (const [index, member] of inner.entries()) {
      const condition = this.read(member, [...at, index], depth + 1);
      if (condition !== null) members.push(condition);
      if (this.nodes > NODES_MAX) break;
    }
    return members;
  }

  private readLeaf(kind: string, input: unknown, path: Path): Condition | null {
    const schema: z.ZodType<Condition> | undefined = Object.hasOwn(LEAVES, kind)
      ? leaves[kind]
      : undefined;
    const parsed = schema?.safeParse(input);
    if (parsed?.success === true) return parsed.data;
    for (const issue of parsed?.error.issues ?? []) this.leafIssue(issue, path, kind);
    return null;
  }

  private leafIssue(issue: z.core.$ZodIssue, path: Path, kind: string): void {
    const at = [...path, ...issue.path.map((part) => (typeof part === 'symbol' ? '' : part))];
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        this.fault([...at, key], `"${shown(key)}" is nothing that can be said of "${kind}".`);
      }
      return;
    }
    // A record reports a bad key with the reason inside.
    const reason = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
    this.fault(at, reason ?? issue.message);
  }

  private fault(path: Path, detail: string): null {
    this.issues.push({ path, detail });
    return null;
  }
}

const leaves: Readonly<Record<string, z.ZodType<Condition>>> = LEAVES;
const SAYS =
  'all, any or not for groups; attribute, trait, preference, event, consent, reachable, segment, stage, context or param';

/** Keys are the caller's own text: shown in part only. */
const SHOWN_MAX = 40;
function shown(key: string): string {
  return key.length > SHOWN_MAX ? `${key.slice(0, SHOWN_MAX)}…` : key;
}

function escapePart(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}
