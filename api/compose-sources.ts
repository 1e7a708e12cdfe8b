import { scheduleTimes } from '#domain/source/schedule-spec.ts';
import { fetchFile } from '#imports/fetch-file.ts';
import type { Clock } from '#platform/clock.ts';
import type { Config } from '#platform/config.ts';
import type { Mongo } from '#platform/mongo.ts';
import { createConnections } from '#sources/connections.ts';
import { openSource } from '#sources/open-source.ts';
import { previewSource } from '#sources/preview-source.ts';
import { createPullStore } from '#sources/pull-store.ts';
import { createRowMemory } from '#sources/row-memory-store.ts';
import type { StoredSource } from '#sources/source-document.ts';
import { createSourceStore, definitionOf } from '#sources/source-store.ts';
import { checkCalls, createRowTools } from './compose-imports.ts';
import type { SourcesPort } from './sources-port.ts';
import type { TemporalPort } from './temporal-port.ts';

export interface SourceParts {
  config: Config;
  env: Readonly<Record<string, string | undefined>>;
  mongo: Mongo;
  temporal: TemporalPort;
  clock: Clock;
  newId: () => string;
}

/** Puts together what defines sources, asks for pulls and shows what they will say. */
export function composeSources(parts: SourceParts): SourcesPort {
  const { config, mongo, temporal, clock, newId } = parts;
  const sources = createSourceStore(mongo.db);
  const pulls = createPullStore(mongo);
  const memory = createRowMemory(mongo.db);
  const connections = createConnections(parts.env);
  const tools = createRowTools(config);
  const open = { connections, fetchFile, hash: tools.hash };

  async function schedule(stored: StoredSource): Promise<void> {
    const { schedule: written, paused } = definitionOf(stored);
    const { _id: key, revision } = stored;
    await temporal.putPullSchedule(key, { times: scheduleTimes(written), paused, revision });
    await sources.noteScheduled(stored);
  }

  return {
    async put(key, source) {
      // A connection that is not there would be told by the first pull, when nobody is looking.
      connections(source.connection);
      const put = await sources.put(key, source, clock());
      await schedule(put.stored);
      return put;
    },
    async remove(key) {
      const removed = await sources.remove(key, clock());
      await temporal.removePullSchedule(key);
      await memory.forget(key);
      await sources.noteScheduled(removed);
    },
    async pull(key, anew) {
      const stored = anew ? await sources.restart(key, clock()) : await sources.read(key);
      if (stored.scheduled !== stored.revision) await schedule(stored);
      await temporal.startPull(key);
    },
    preview: (source) =>
      previewSource(source, {
        open: () => openSource(source, open),
        check: (calls) => checkCalls(calls, 'preview', { clock, newId }).rejected,
        defaults: { currency: config.KAIROS_CURRENCY, zone: config.KAIROS_ZONE },
        tools,
        clock,
      }),
    read: (key) => sources.read(key),
    list: (request) => sources.list(request),
    pulls,
    nextPullAt: (key) => temporal.nextPullAt(key),
    async running(key) {
      const { rows } = await pulls.list(key, { limit: 1, after: null });
      return rows.find(({ status }) => status === 'running') ?? null;
    },
  };
}
