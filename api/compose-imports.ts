import { invalid } from '#domain/errors.ts';
import { parseCall } from '#domain/event/tracking.ts';
import type { AcceptEvents } from '#events/accept-events.ts';
import type { AcceptMembers } from '#events/accept-members.ts';
import { createCountPending } from '#events/accept-pressure.ts';
import { createIsImportApplied } from '#events/await-applied.ts';
import { createEarlierEvents } from '#events/earlier-events.ts';
import { createToldMembers } from '#events/told-members.ts';
import type { JsonObject } from '#domain/json.ts';
import { createHashStore } from '#imports/hash-store.ts';
import type { AudiencePeople, ImportPorts, TakenIn } from '#imports/import-ports.ts';
import { createImportStore } from '#imports/import-store.ts';
import { createImports } from '#imports/imports.ts';
import { createLineStore } from '#imports/line-store.ts';
import { createUploadStore } from '#imports/upload-store.ts';
import { createProductStore } from '#products/product-store.ts';
import { createAudiencePeople } from '#profiles/audience-people.ts';
import { normalizeEmail, normalizePhone } from '#profiles/normalize-addresses.ts';
import type { Clock } from '#platform/clock.ts';
import type { Config } from '#platform/config.ts';
import { rowHash } from '#platform/hash.ts';
import type { Logger } from '#platform/logger.ts';
import type { Mongo } from '#platform/mongo.ts';
import { putSegment } from '#segments/put-segment.ts';
import type { AppDeps } from './deps.ts';
import { startDryRun } from './dry-run.ts';

export interface ImportParts {
  config: Pick<Config, 'KAIROS_COUNTRY' | 'KAIROS_CURRENCY' | 'KAIROS_RETENTION' | 'KAIROS_ZONE'>;
  mongo: Mongo;
  accept: AcceptEvents;
  acceptMembers: AcceptMembers;
  newId: () => string;
  clock: Clock;
  logger: Logger;
  /** Has noted changes of the catalogue told; never rejects. */
  tellCatalogue: () => Promise<void>;
  ending?: AbortSignal;
}

/** Puts together what brings files in. */
export function composeImports(parts: ImportParts): Pick<AppDeps, 'imports' | 'products'> {
  const { config, mongo, accept, clock, newId, logger } = parts;
  const store = createImportStore(mongo.db);
  const products = createProductStore(mongo);
  const put = putAndTell(products, parts.tellCatalogue);
  const ports: ImportPorts = {
    store,
    uploads: createUploadStore(mongo.db),
    lines: createLineStore(mongo.db),
    hashes: createHashStore(mongo.db),
    people: {
      ...createAudiencePeople(mongo.collections),
      openList: openList(mongo, clock),
      tell: parts.acceptMembers,
      told: createToldMembers(mongo.collections),
    },
    accept: (calls, importId) => accept(calls, { source: 'server', importId }),
    startDryRun: (importId, before) => startDryRun(parts, importId, before),
    countPending: createCountPending(mongo.collections),
    earlier: createEarlierEvents(mongo.collections),
    isApplied: createIsImportApplied(mongo.collections),
    putProducts: put,
    async listProducts(id, limit) {
      const after = id === null ? null : { at: 0, id };
      const { rows } = await products.list({ limit, after }, { isArchived: false });
      return rows.map(({ _id, createdAt }) => ({ id: _id, createdAt }));
    },
    tools: createRowTools(config),
    defaults: { currency: config.KAIROS_CURRENCY, zone: config.KAIROS_ZONE },
    newId,
    clock,
    logger,
  };
  const imports = createImports(ports, parts.ending ?? new AbortController().signal);
  return {
    imports: { ...imports, find: (id) => store.find(id), list: (request) => store.list(request) },
    products: { ...products, put },
  };
}

/** A list is made by its first audience, named by its key. */
function openList(mongo: Mongo, clock: Clock): AudiencePeople['openList'] {
  return async (key, make) => {
    const known = await mongo.collections.segments.findOne({ _id: key });
    if (known !== null && known.condition !== null) {
      const detail = 'Members of this segment follow from its condition: name a static one.';
      throw invalid(detail, [{ pointer: '#/segment', detail }]);
    }
    if (known === null && make) {
      await putSegment(mongo, { key, segment: { name: key, static: true }, at: clock() });
    }
  };
}

/** Nobody waits for Temporal: what there is to tell is durable with the product. */
function putAndTell(
  products: ReturnType<typeof createProductStore>,
  tell: () => Promise<void>,
): AppDeps['products']['put'] {
  return async (said, now) => {
    const done = await products.put(said, now);
    if (done.hasNews) void tell();
    return done.put;
  };
}

/** How rows' addresses are brought into one form, and their ids made. */
export function createRowTools({
  KAIROS_COUNTRY,
}: Pick<Config, 'KAIROS_COUNTRY'>): ImportPorts['tools'] {
  return {
    email: normalizeEmail,
    phone: (text, country) => normalizePhone(text, country ?? KAIROS_COUNTRY),
    hash: rowHash,
  };
}

/** What acceptance would refuse of some calls for what they say. */
export function checkCalls(
  calls: readonly JsonObject[],
  importId: string,
  { clock, newId }: Pick<ImportParts, 'clock' | 'newId'>,
): Pick<TakenIn, 'rejected'> {
  const receivedAt = clock();
  const rejected = calls.flatMap((call, index) => {
    const parsed = parseCall(call, { receivedAt, newId, importId });
    return parsed.ok ? [] : [{ index, errors: parsed.faults }];
  });
  return { rejected };
}
