import type { Connection } from '@temporalio/client';

const READY_MS = 60_000;

/** A namespace of its own: task queues have fixed names. Its search attributes the worker makes. */
export async function makeNamespace(connection: Connection, namespace: string): Promise<void> {
  const seconds = 24 * 60 * 60;
  await connection.workflowService
    .registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: seconds as never },
    })
    .catch((error: unknown) => {
      if (!(error instanceof Error) || !/already/i.test(error.message)) throw error;
    });
  // The server's caches learn of a new namespace within a second.
  const giveUpAt = Date.now() + READY_MS;
  for (;;) {
    try {
      await connection.workflowService.listWorkflowExecutions({ namespace, pageSize: 1 });
      return;
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
