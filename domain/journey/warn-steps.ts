import type { Fault } from '#domain/errors.ts';
import type { Journey } from '#domain/journey/journey.ts';
import { pointerTo, quote } from '#domain/journey/explain-issue.ts';
import { didYouMean } from '#domain/journey/nearest-word.ts';

/** Steps that can be published as they are, but may be meant otherwise. */
export function warnSteps({ steps }: Journey): Fault[] {
  return Object.entries(steps).flatMap(([id, step]) => {
    if (!('webhook' in step) || typeof step.next !== 'string' || step.onError !== undefined) {
      return [];
    }
    const detail =
      'Those whose call failed go the same way as all others. Say where they go: next: { ok: …, failed: … }, or "onError".';
    return [{ pointer: `${pointerTo('#/steps', id)}/next`, detail }];
  });
}

/**
 * Why no step answers what a condition asks for at `responses.STEP.NAME`; null where one may.
 * Whether the run has come past that step by then only the run knows.
 */
export function whyNoAnswer({ steps }: Journey, path: string): string | null {
  const [, id = '', name = ''] = path.split('.');
  const step = Object.hasOwn(steps, id) ? steps[id] : undefined;
  if (step === undefined || !('webhook' in step)) {
    const calls = Object.entries(steps).flatMap(([known, one]) =>
      'webhook' in one ? [known] : [],
    );
    return `There is no webhook step ${quote(id)}, so this part holds of nobody.${didYouMean(id, calls)}`;
  }
  const names = Object.keys(step.webhook.response ?? {});
  if (names.includes(name)) return null;
  return `The step ${quote(id)} keeps no ${quote(name)} of its answer, so this part holds of nobody: say under "response" where it stands.${didYouMean(name, names)}`;
}
