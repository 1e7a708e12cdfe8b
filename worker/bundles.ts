import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

/** Workflow code as the workers run it: journeys apart from Kairos' own, so that no name collides. */
export interface Bundles {
  journeys: WorkflowBundleWithSourceMap;
  system: WorkflowBundleWithSourceMap;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export async function bundleWorkflows(): Promise<Bundles> {
  const [journeys, system] = await Promise.all([
    bundleJourneys(),
    bundle(here('../workflows/system.ts')),
  ]);
  return { journeys, system };
}

/** The journeys' half alone: all that a replay of runs needs. */
export function bundleJourneys(): Promise<WorkflowBundleWithSourceMap> {
  return bundle(here('../workflows/journeys.cjs'));
}

function bundle(workflowsPath: string): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({
    workflowsPath,
    // The SDK's default logs each bundle's size at the start of every process.
    logger: { log: noLog, trace: noLog, debug: noLog, info: noLog, warn: noLog, error: noLog },
  });
}

function noLog(): void {
  // Says nothing: a bundle that fails throws.
}
