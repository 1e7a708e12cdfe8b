/** Workflows of `test/uncut-workflows.test.ts`, in a bundle of their own. */
import { defineSignal, setHandler, sleep } from '@temporalio/workflow';

/** Longer than the five seconds after which the SDK cuts a piece of workflow code off. */
const STANDS_MS = 6_000;

/** Its thread stands still, as all of a frozen process does. */
function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STANDS_MS);
}

/** Resolves once the workflow is told to go; `andThen` is done before the signal is dealt with. */
function told(andThen: () => void): Promise<void> {
  return new Promise((resolve) => {
    setHandler(defineSignal('go'), () => {
      resolve();
      andThen();
    });
  });
}

/** Stands still with one more thing to do in the same task: a timer of 30 days. */
export async function standsStill(): Promise<void> {
  await told(standStill);
  await sleep('30 days');
}

/** Waits a day once it is told, and does nothing else. */
export async function bystander(): Promise<void> {
  await told(() => undefined);
  await sleep('1 day');
}
