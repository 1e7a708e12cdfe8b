import type { Client } from '@temporalio/client';

/** A look costs the server a query, on both sides alike. */
const LOOK_EVERY_MS = 50;

/** How many workflows of this type have ended well, as Temporal's visibility says. */
export async function closedCount(client: Client, type: string): Promise<number> {
  const query = `WorkflowType = "${type}" AND ExecutionStatus = "Completed"`;
  return (await client.workflow.count(query)).count;
}

/** Waits until Temporal itself says that `count` workflows of this type have ended. */
export async function awaitClosed(
  client: Client,
  type: string,
  count: number,
  withinMs: number,
): Promise<void> {
  for (const end = Date.now() + withinMs; ;) {
    const closed = await closedCount(client, type);
    if (closed >= count) return;
    if (Date.now() > end) throw new Error(`${type}: ${String(closed)} of ${String(count)} ended`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
