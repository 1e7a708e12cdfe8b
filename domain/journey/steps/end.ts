import { z } from 'zod';
import { Outcome } from '#domain/journey/words.ts';
import type { StepKind } from '#domain/journey/steps/step-kind.ts';

/** The run is over; its outcome is what stands here. */
export const EndStep = z.strictObject({ end: Outcome });
export type EndStep = z.infer<typeof EndStep>;

export const END: StepKind<EndStep> = {
  schema: EndStep,
  takesTime: false,
  ends: true,

  nexts: () => [],
  faults: () => [],
  listens: () => [],
  begin: (step) => ({ go: 'end', outcome: step.end }),
  hear: () => null,
  ask: (step) => ({ do: 'end', status: 'completed', outcome: step.end }),
};
