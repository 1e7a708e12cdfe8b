import type { Fault } from '#domain/errors.ts';
import type { ImportPlan } from './import-plan.ts';

/** The word of the map behind a field of a tracking call. */
const WORDS: Readonly<Record<string, string>> = {
  userId: 'external_id',
  anonymousId: 'anonymous_id',
  timestamp: 'at',
  event: 'event',
  messageId: 'message_id',
};

/** What is wrong with a call, told of the column it came from; null for the whole row. */
export function faultOfCall(
  plan: ImportPlan,
  errors: readonly Fault[],
): { column: string | null; detail: string } {
  const [first] = errors;
  if (first === undefined) return { column: null, detail: 'The row cannot be taken.' };
  const [field = '', name = ''] = first.pointer.replace(/^#\//, '').split('/');
  const word = WORDS[field];
  const column =
    word === undefined
      ? (plan.properties[name] ?? plan.attributes[name])?.column
      : plan.fields[word]?.column;
  return { column: column ?? null, detail: first.detail };
}
