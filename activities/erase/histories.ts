import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';

/** How long, in ms, the server may take to delete one history; it does so in a queue of its own. */
const GONE_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;
/** gRPC's code for what is not there. */
const NOT_FOUND = 5;

/** One execution of a workflow. */
export interface Execution {
  workflowId: string;
  runId: string;
}

/** The histories of a person's runs in Temporal. */
export interface Histories {
  /** Every execution of some runs, and of any that carries the id of one of these profiles. */
  of(runIds: readonly string[], profiles: readonly string[]): AsyncIterable<Execution>;
  /** Ends an execution that goes on and deletes its history; resolves once it is gone. */
  forget(execution: Execution): Promise<void>;
}

export function createHistories(client: Client): Histories {
  const { namespace } = client.options;
  return {
    async *of(runIds, profiles) {
      for (const workflowId of runIds) {
        // Lists lag behind: the latest execution of a run is asked for by its name.
        const latest = await latestOf(client, workflowId);
        if (latest !== null) yield latest;
        yield* listed(client, `WorkflowId = '${quoted(workflowId)}'`);
      }
      for (const profile of profiles) yield* listed(client, `ProfileId = '${quoted(profile)}'`);
    },
    async forget(execution) {
      const { workflowId, runId } = execution;
      const workflowExecution = { workflowId, runId };
      await orGone(() => client.workflow.getHandle(workflowId, runId).terminate('erased'));
      await orGone(() =>
        client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution }),
      );
      const giveUpAt = Date.now() + GONE_WITHIN_MS;
      while ((await latestOf(client, workflowId, runId)) !== null) {
        if (Date.now() > giveUpAt) throw new Error('a history is not deleted yet');
        await sleep(LOOK_EVERY_MS);
      }
    },
  };
}

/** The execution of this id, by default the latest of its workflow; null: there is none. */
async function latestOf(
  client: Client,
  workflowId: string,
  id?: string,
): Promise<Execution | null> {
  const found = await orGone(() => client.workflow.getHandle(workflowId, id).describe());
  return found === null ? null : { workflowId, runId: found.runId };
}

async function* listed(client: Client, query: string): AsyncIterable<Execution> {
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    yield { workflowId, runId };
  }
}

/** Null where what is asked for is not there, or not any more. */
async function orGone<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    const isGone =
      error instanceof WorkflowNotFoundError ||
      (error as { code?: unknown } | null)?.code === NOT_FOUND;
    if (!isGone) throw error;
    return null;
  }
}

/** Ids are hashes and UUIDs of ours; a quote in one would end the query's text. */
function quoted(id: string): string {
  return id.replaceAll("'", "''");
}
