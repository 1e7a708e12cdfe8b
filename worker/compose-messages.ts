import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { Counter, type Registry } from 'prom-client';
import type { MessageDeps } from '#activities/sends/message-turn.ts';
import { SEND_ENDS } from '#domain/sending/send-turn.ts';
import type { EventStore } from '#events/event-store.ts';
import { createLedgerWords } from '#messages/ledger-words.ts';
import type { Clock } from '#platform/clock.ts';
import type { Mongo } from '#platform/mongo.ts';
import { createSendStore, type SendStore, type SendToStart } from '#sends/send-store.ts';
import { messageStart, SEND_MESSAGE } from '#workflows/contract.ts';

/**
 * A send whose turn was due for so long, in ms, has a workflow that nobody started, or one that was
 * lost with Temporal; or no worker was there for it.
 */
const LEFT_AFTER_MS = 5_000;
/** Such sends looked at in one look: customers' events wait for it. */
const LEFT_MAX = 200;
/** Starts under way at once. */
const STARTS_AT_ONCE = 20;

interface MessageParts extends Omit<MessageDeps, 'sends' | 'words' | 'isBehind' | 'onEnded'> {
  events: Pick<EventStore, 'waitingFor'>;
  client: Client;
  registry: Registry;
  /** How long messages are kept, in ms; null: for good. */
  keptMs: number | null;
  clock: Clock;
}

/** Puts together what sends messages that were asked for by themselves. */
export function composeMessages(
  mongo: Pick<Mongo, 'db' | 'collections'>,
  { events, client, registry, keptMs, ...shared }: MessageParts,
): { deps: MessageDeps; redrive: () => Promise<void> } {
  const sends = createSendStore(mongo, keptMs);
  return {
    deps: {
      ...shared,
      sends,
      words: createLedgerWords(mongo.collections),
      async isBehind(profileId, { since, until }) {
        return (await events.waitingFor([profileId], since, until)).size > 0;
      },
      onEnded: countEnded(registry),
    },
    redrive: redriveMessages(client, sends, shared.clock),
  };
}

function countEnded(registry: Registry): NonNullable<MessageDeps['onEnded']> {
  const ended = new Counter({
    name: 'kairos_api_sends_total',
    help: 'Messages asked for by themselves that have ended: sent, suppressed or failed.',
    labelNames: ['end'] as const,
    registers: [registry],
  });
  for (const end of SEND_ENDS) ended.inc({ end }, 0);
  return (end) => {
    ended.inc({ end });
  };
}

/**
 * Sends are durable before Temporal is told: what it missed, or lost, is started. A look goes on
 * where the last one ended, so that those whose workflow is only slow stop no other.
 */
function redriveMessages(
  client: Client,
  sends: Pick<SendStore, 'overdue'>,
  clock: Clock,
): () => Promise<void> {
  let after: SendToStart | null = null;
  return async () => {
    const left = await sends.overdue(clock() - LEFT_AFTER_MS, after, LEFT_MAX);
    after = left.length < LEFT_MAX ? null : (left.at(-1) ?? null);
    for (let from = 0; from < left.length; from += STARTS_AT_ONCE) {
      const some = left.slice(from, from + STARTS_AT_ONCE);
      await Promise.all(some.map((send) => start(client, send)));
    }
  };
}

async function start(client: Client, send: SendToStart): Promise<void> {
  try {
    await client.workflow.start(SEND_MESSAGE, messageStart(send));
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
