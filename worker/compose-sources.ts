import type { Client } from '@temporalio/client';
import { Counter, type Registry } from 'prom-client';
import type { PullDeps } from '#activities/pull-deps.ts';
import { scheduleTimes } from '#domain/source/schedule-spec.ts';
import { createCountPending } from '#events/accept-pressure.ts';
import { createAwaitApplied } from '#events/await-applied.ts';
import { createEarlierEvents } from '#events/earlier-events.ts';
import { fetchFile } from '#imports/fetch-file.ts';
import { createHashStore } from '#imports/hash-store.ts';
import { createLineStore } from '#imports/line-store.ts';
import type { Clock } from '#platform/clock.ts';
import type { Config } from '#platform/config.ts';
import { rowHash } from '#platform/hash.ts';
import { errorCode, type Logger } from '#platform/logger.ts';
import type { Mongo } from '#platform/mongo.ts';
import { putSchedule, removeSchedule } from '#platform/temporal-schedule.ts';
import { createProductStore } from '#products/product-store.ts';
import { normalizeEmail, normalizePhone } from '#profiles/normalize-addresses.ts';
import { createConnections } from '#sources/connections.ts';
import { openSource } from '#sources/open-source.ts';
import { createPullStore } from '#sources/pull-store.ts';
import { createRowMemory, type RowMemory } from '#sources/row-memory-store.ts';
import type { StoredSource } from '#sources/source-document.ts';
import { createSourceStore, definitionOf, type SourceStore } from '#sources/source-store.ts';
import { pullSchedule } from '#workflows/contract.ts';
import { composeAccept } from './compose-accept.ts';

export interface SourceParts {
  config: Config;
  mongo: Mongo;
  client: Client;
  registry: Registry;
  clock: Clock;
  logger: Logger;
}

/** Puts together what pulls sources, and what keeps Temporal's schedules equal to them. */
export function composeSources(parts: SourceParts): {
  pull: PullDeps;
  /** Makes schedules equal that are not; what cannot be told now is told at the next look. */
  schedule(): Promise<void>;
} {
  const { config, mongo, client, clock, logger } = parts;
  const sources = createSourceStore(mongo.db);
  const memory = createRowMemory(mongo.db);
  const accept = composeAccept(mongo, config, clock);
  const products = createProductStore(mongo);
  const connections = createConnections(process.env);
  const pull: PullDeps = {
    sources,
    pulls: createPullStore(mongo),
    memory,
    open: (source) => openSource(source, { connections, fetchFile, hash: rowHash }),
    take: {
      accept: (calls, importId) => accept(calls, { source: 'server', importId }),
      countPending: createCountPending(mongo.collections),
      earlier: createEarlierEvents(mongo.collections),
      lines: createLineStore(mongo.db),
      hashes: createHashStore(mongo.db),
      async putProducts(said, now) {
        // Whoever waits for a change of the catalogue is told by the look that follows within seconds.
        return (await products.put(said, now)).put;
      },
      tools: {
        email: normalizeEmail,
        phone: (text, country) => normalizePhone(text, country ?? config.KAIROS_COUNTRY),
        hash: rowHash,
      },
      clock,
    },
    awaitApplied: createAwaitApplied(mongo.collections),
    defaults: { currency: config.KAIROS_CURRENCY, zone: config.KAIROS_ZONE },
    dropSchedule: (key) => removeSchedule(client, pullSchedule(key).scheduleId),
    onEnded: countPulls(parts.registry),
    clock,
    logger,
  };
  let isFirst = true;
  return {
    pull,
    async schedule() {
      // At the start all are looked at: Temporal may have lost what it was told.
      if (isFirst) await sources.scheduleAll();
      isFirst = false;
      for (const source of await sources.unscheduled()) {
        await scheduleOne({ client, sources, memory }, source).catch((error: unknown) => {
          logger.warn({ source: source._id, code: errorCode(error) }, 'schedule not told');
        });
      }
    },
  };
}

async function scheduleOne(
  { client, sources, memory }: { client: Client; sources: SourceStore; memory: RowMemory },
  source: StoredSource,
): Promise<void> {
  const schedule = pullSchedule(source._id);
  if (source.removed === true) {
    await removeSchedule(client, schedule.scheduleId);
    await memory.forget(source._id);
  } else {
    const definition = definitionOf(source);
    const times = scheduleTimes(definition.schedule);
    const { paused } = definition;
    await putSchedule(client, { ...schedule, times, paused, revision: source.revision });
  }
  await sources.noteScheduled(source);
}

/** Pulls and rows, by what became of them; the keys of sources are the shop's own words. */
function countPulls(registry: Registry): PullDeps['onEnded'] {
  const registers = [registry];
  const pulls = new Counter({
    name: 'kairos_pulls_total',
    help: 'Pulls of sources that ended: completed, failed, or stopped by a change of the source.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const rows = new Counter({
    name: 'kairos_pulled_rows_total',
    help: 'Rows of sources in pulls that ended, by what became of them.',
    labelNames: ['outcome'] as const,
    registers,
  });
  for (const outcome of ['completed', 'failed', 'stopped']) pulls.inc({ outcome }, 0);
  return ({ status, accepted, rejected, skipped }) => {
    pulls.inc({ outcome: status });
    for (const [outcome, count] of Object.entries({ accepted, rejected, skipped })) {
      if (count > 0) rows.inc({ outcome }, count);
    }
  };
}
