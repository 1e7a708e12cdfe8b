import { BRANCH, type BranchStep } from '#domain/journey/steps/branch.ts';
import { END, type EndStep } from '#domain/journey/steps/end.ts';
import { SEND, type SendStep } from '#domain/journey/steps/send.ts';
import type { StepKind } from '#domain/journey/steps/step-kind.ts';
import { TASK, type TaskStep } from '#domain/journey/steps/task.ts';
import { WAIT, type WaitStep } from '#domain/journey/steps/wait.ts';
import { WAIT_FOR, type WaitForStep } from '#domain/journey/steps/wait-for.ts';
import { WEBHOOK, type WebhookStep } from '#domain/journey/steps/webhook.ts';

/** Every kind of step, by the word that names it in a definition. */
export interface Steps {
  wait: WaitStep;
  send: SendStep;
  waitFor: WaitForStep;
  branch: BranchStep;
  webhook: WebhookStep;
  task: TaskStep;
  end: EndStep;
}
export type Step = Steps[keyof Steps];

/** The registry: a kind without its object, or an object of another kind, does not compile. */
export const STEP_KINDS: { readonly [Kind in keyof Steps]: StepKind<Steps[Kind]> } = {
  wait: WAIT,
  send: SEND,
  waitFor: WAIT_FOR,
  branch: BRANCH,
  webhook: WEBHOOK,
  task: TASK,
  end: END,
};

const BY_WORD = new Map<string, StepKind<Step>>(Object.entries(STEP_KINDS));

export const STEP_WORDS: readonly string[] = [...BY_WORD.keys()];

/** The words naming a kind that stand in a step as it was written: exactly one in a good step. */
export function stepWordsIn(written: object): string[] {
  return STEP_WORDS.filter((word) => Object.hasOwn(written, word));
}

/** The object that answers for a step. Throws only for what no parsed definition holds. */
export function kindOf(step: object): StepKind<Step> {
  const word = stepWordsIn(step)[0];
  const kind = word === undefined ? undefined : BY_WORD.get(word);
  if (kind === undefined) throw new TypeError('This step is of no kind: it was never parsed.');
  return kind;
}
