import { RECEIPT_EVENTS } from '#domain/message/receipts.ts';
import { createAcceptEvents } from '#events/accept-events.ts';
import { createStamp } from '#events/accept-stamp.ts';
import { createAcceptStore } from '#events/accept-store.ts';
import type { Claim, Resolved } from '#events/accept-types.ts';
import { createEventStore } from '#events/event-store.ts';
import type { Would } from '#imports/import-document.ts';
import type { DryRun } from '#imports/import-ports.ts';
import { createIdentityStore } from '#profiles/identity-store.ts';
import { normalizeAddresses } from '#profiles/normalize-addresses.ts';
import { OwnerCache } from '#profiles/owner-cache.ts';
import { supposeIdentities, REMEMBERED_MAX } from '#profiles/suppose-identities.ts';
import { createResolveIdentities } from '#profiles/resolve-identities.ts';
import { createProductStore } from '#products/product-store.ts';
import type { Clock } from '#platform/clock.ts';
import type { Config } from '#platform/config.ts';
import type { Mongo } from '#platform/mongo.ts';

interface DryRunParts {
  config: Pick<Config, 'KAIROS_COUNTRY' | 'KAIROS_RETENTION'>;
  mongo: Mongo;
  clock: Clock;
  newId: () => string;
}

/**
 * Acceptance itself, with stores in front of the real ones that remember what they are told and write
 * nothing: whose rows they are is decided by the same rules, also among the rows of one file.
 */
export function startDryRun(parts: DryRunParts, importId: string, before: Would): DryRun {
  const { config, mongo, clock, newId } = parts;
  const { collections: c } = mongo;
  const people = countPeople(parts);
  const events = createEventStore(c, config.KAIROS_RETENTION);
  const products = createProductStore(mongo);
  const [created, changed] = [new Told(), new Told()];
  let [newEvents, knownEvents] = [0, 0];
  const accept = createAcceptEvents({
    store: {
      ...createAcceptStore(c, config.KAIROS_RETENTION, clock),
      async insert(made) {
        const known = await events.known(made.map(({ _id }) => _id));
        knownEvents += known.size;
        newEvents += made.length - known.size;
      },
    },
    resolve: people.resolve,
    stamp: createStamp(clock),
    newId,
    receiptNames: new Set(Object.keys(RECEIPT_EVENTS)),
    normalize: (attributes) => normalizeAddresses(attributes, config.KAIROS_COUNTRY),
    // Nothing is added to what waits.
    pressure: { admit: (_, work) => work() },
  });
  return {
    async accept(calls) {
      const { rejected } = await accept(calls, { source: 'server', importId });
      return { rejected, ids: [] };
    },
    async putProducts(said, now) {
      const foreseen = await products.foresee(said, now);
      for (const [at, { id }] of said.entries()) {
        if (foreseen[at]?.outcome === 'created') created.tell(id);
        if (foreseen[at]?.outcome === 'changed') changed.tell(id);
      }
      return foreseen;
    },
    would: () => ({
      newProfiles: before.newProfiles + people.fresh(),
      knownProfiles: before.knownProfiles + people.known.count,
      mergedProfiles: before.mergedProfiles + people.merged.count,
      conflicts: before.conflicts + people.conflicts(),
      newEvents: before.newEvents + newEvents,
      knownEvents: before.knownEvents + knownEvents,
      productsCreated: before.productsCreated + created.count,
      productsChanged: before.productsChanged + changed.count,
    }),
  };
}

/** Begins the ids of profiles that would be made; no profile has such a one. */
const NEW = 'new:';

/** Counts ids once each, in bounded room: beyond it one that comes again counts again. */
class Told {
  readonly #ids = new Set<string>();
  count = 0;

  tell(id: string): void {
    if (this.#ids.has(id)) return;
    this.count += 1;
    if (this.#ids.size < REMEMBERED_MAX) this.#ids.add(id);
  }
}

/** Finds whose calls these would be, and counts whom it finds. */
function countPeople({ mongo, clock }: DryRunParts) {
  const supposed = supposeIdentities(createIdentityStore(mongo.collections));
  let made = 0;
  const [known, merged] = [new Told(), new Told()];
  const find = createResolveIdentities({
    store: supposed.store,
    cache: new OwnerCache(clock),
    newProfileId() {
      made += 1;
      return `${NEW}${String(made)}`;
    },
  });
  async function resolve(claims: readonly Claim[], at: number): Promise<Resolved[]> {
    const found = await find(claims, at);
    for (const { profileId, merges = [], erased } of found) {
      if (erased === true) continue;
      if (!profileId.startsWith(NEW)) known.tell(profileId);
      for (const id of merges) merged.tell(id);
    }
    return found;
  }
  return { resolve, fresh: () => made, known, merged, conflicts: () => supposed.conflicts() };
}
