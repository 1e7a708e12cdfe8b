import { z } from 'zod';
import type { Fault } from '#domain/errors.ts';
import { Condition } from '#domain/condition/condition.ts';
import { ParamValues } from '#domain/journey/param-values.ts';
import { StepId } from '#domain/journey/words.ts';
import { nextsUnder } from '#domain/journey/steps/step-kind.ts';
import type { StepKind } from '#domain/journey/steps/step-kind.ts';

/** More cases than anybody can read on a screen. */
const CASES_MAX = 20;

/** A case that is taken by those for whom a condition holds. */
const Case = z.strictObject({
  when: Condition,
  params: ParamValues.optional(),
  next: StepId,
});
export type Case = z.infer<typeof Case>;

/** Goes on with the first case that holds for the customer now. */
export const BranchStep = z.strictObject({
  branch: z
    .array(z.union([Case, z.strictObject({ else: z.literal(true), next: StepId })]))
    .min(1)
    .max(CASES_MAX),
});
export type BranchStep = z.infer<typeof BranchStep>;

export const BRANCH: StepKind<BranchStep> = {
  schema: BranchStep,
  takesTime: false,
  ends: false,

  nexts: (written) =>
    Array.isArray(written.branch)
      ? written.branch.flatMap((one: unknown, index) =>
          typeof one === 'object' && one !== null && 'next' in one
            ? nextsUnder(one.next, `/branch/${String(index)}/next`)
            : [],
        )
      : [],

  faults: (step) => elseFaults(step),
  listens: () => [],
  begin: () => ({ go: 'stay' }),

  hear: (step, _here, happening) => {
    if (happening.kind !== 'decided') return null;
    // An index beyond the cases says that none of them holds: that is what `else` is for.
    const chosen = step.branch[happening.index] ?? step.branch.at(-1);
    if (chosen === undefined) return null;
    const outcome = 'else' in chosen ? 'else' : chosen.next;
    return { go: 'leave', outcome, next: chosen.next };
  },

  ask: () => ({ do: 'decide' }),
};

function elseFaults(step: BranchStep): Fault[] {
  const last = step.branch.length - 1;
  const faults = step.branch.flatMap((one, index) =>
    'else' in one && index < last
      ? [
          {
            pointer: `/branch/${String(index)}/else`,
            detail: '"else" takes everybody who is left, so it must be the last case.',
          },
        ]
      : [],
  );
  if (step.branch.some((one) => 'else' in one)) return faults;
  return [
    {
      pointer: '/branch',
      detail:
        'Nobody may get stuck here: end the list with { else: true, next: … } for those whom no case fits.',
    },
  ];
}
