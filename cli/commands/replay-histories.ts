import type { History } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { bundleJourneys } from '#worker/bundles.ts';

export interface NamedHistory {
  readonly workflowId: string;
  readonly history: History;
}

/** Whether the present code makes the decisions that one history holds. */
export interface Verdict {
  readonly run: string;
  readonly journey: string;
  readonly events: number;
  readonly replays: boolean;
  /** Of a failure, what kind it is. */
  readonly why: string | null;
}

/** Replays each history on the workflow code of this package, as workers will run it. */
export async function replayHistories(histories: readonly NamedHistory[]): Promise<Verdict[]> {
  if (histories.length === 0) return [];
  quietRuntime();
  const workflowBundle = await bundleJourneys();
  const replayed = Worker.runReplayHistories({ workflowBundle }, [...histories]);
  const errors = new Map<string, string | null>();
  for await (const { workflowId, error } of replayed) {
    errors.set(workflowId, error === undefined ? null : kindOf(error));
  }
  return histories.map(({ workflowId, history }) => {
    const why = errors.get(workflowId);
    return {
      run: workflowId,
      journey: journeyOf(history),
      events: history.events?.length ?? 0,
      replays: why === null,
      why: why === undefined ? 'it was not replayed' : why,
    };
  });
}

/** A failed replay is ours to tell, not the log's. */
function quietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) },
    },
  });
}

function journeyOf(history: History): string {
  return (
    history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? 'unknown'
  );
}

function kindOf(error: Error): string {
  return error.name === 'DeterminismViolationError'
    ? 'the code decides otherwise than this history'
    : `it fails (${error.name})`;
}
