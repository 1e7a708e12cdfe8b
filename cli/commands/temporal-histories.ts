import { connectTemporalClient } from '#platform/temporal.ts';
import { CommandError, EXIT } from './command-error.ts';
import type { NamedHistory } from './replay-histories.ts';

/** Where Temporal is, and whose runs. */
interface Place {
  readonly address: string;
  readonly namespace: string;
}

/** Histories fetched at once: enough to keep a local server busy, kind to a shared one. */
const FETCHED_AT_ONCE = 5;

type Client = Awaited<ReturnType<typeof connectTemporalClient>>['client'];

/** gRPC's code for what is not there. */
const NOT_FOUND = 5;

/** One run's history. @throws CommandError when there is none or Temporal is not reached */
export function runHistory(place: Place, workflowId: string): Promise<NamedHistory> {
  return withTemporal(place, async (client) => {
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    return { workflowId, history };
  });
}

/** Histories of journeys' runs under way, at most `limit`. */
export function openRuns(place: Place, limit: number): Promise<NamedHistory[]> {
  return withTemporal(place, async (client) => {
    const query = "ExecutionStatus = 'Running' AND JourneyKey IS NOT NULL";
    const ids: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query })) {
      ids.push(workflowId);
      if (ids.length >= limit) break;
    }
    const found: NamedHistory[] = [];
    const fetchNext = async (): Promise<void> => {
      for (let id = ids.shift(); id !== undefined; id = ids.shift()) {
        found.push({ workflowId: id, history: await client.workflow.getHandle(id).fetchHistory() });
      }
    };
    await Promise.all(Array.from({ length: FETCHED_AT_ONCE }, fetchNext));
    return found;
  });
}

async function withTemporal<T>(
  { address, namespace }: Place,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const temporal = await connectTemporalClient(address, namespace).catch(() => {
    throw unreachable(address);
  });
  try {
    return await work(temporal.client);
  } catch (error) {
    if (error instanceof Error && isNotFound(error)) {
      throw new CommandError(
        `Temporal knows no such run in the namespace ${namespace}. ` +
          'It forgets runs that ended longer ago than its retention period.',
      );
    }
    throw unreachable(address);
  } finally {
    await temporal.close();
  }
}

function isNotFound(error: Error): boolean {
  return error.name === 'WorkflowNotFoundError' || ('code' in error && error.code === NOT_FOUND);
}

function unreachable(address: string): CommandError {
  return new CommandError(
    `Temporal does not answer at ${address}. Start Kairos (npx kairos up), or name another ` +
      'one: --data-dir, or TEMPORAL_ADDRESS with the rest of its environment configuration.',
    EXIT.unreachable,
  );
}
