import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import type { BareActivities } from './bare-activities.ts';
import { GO_SIGNAL } from './contract.ts';

export { usualShape } from '../usual-shape/workflow.ts';

const { nothing, invoked } = proxyActivities<BareActivities>({ startToCloseTimeout: '30s' });

export async function bare(): Promise<void> {
  await nothing();
}

export async function signalled(id: string): Promise<void> {
  let isTold = false;
  setHandler(defineSignal(GO_SIGNAL), () => {
    isTold = true;
  });
  await condition(() => isTold);
  await invoked(id);
}
