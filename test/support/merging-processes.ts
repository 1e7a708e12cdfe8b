import type { Scheduler } from 'fast-check';
import type { StoredIdentity } from '#platform/identity-documents.ts';
import type { IdentityStore, Slot } from '#profiles/identity-store.ts';
import { OwnerCache } from '#profiles/owner-cache.ts';
import { createResolveIdentities } from '#profiles/resolve-identities.ts';
import { claimOf, type Said } from './merging-said.ts';
import type { MergingWorld } from './merging-world.ts';
import { slotsOf } from './part-identities.ts';

/** A call by its id. A process may die before it has stored one whose customer it has found. */
export interface Call {
  id: string;
  said: Said;
  diesOnce?: boolean;
}

export interface Work {
  /** Of each process of the API the requests, each of some calls. */
  processes: readonly (readonly (readonly Call[])[])[];
  /** Merges that somebody asks for meanwhile: the identity of whom to keep, and of whom to merge. */
  byHand?: readonly (readonly [string, string])[];
}

/**
 * Processes of the API, somebody who merges, and one process that applies what is accepted, all at
 * once on one world: every read and every single write comes when the scheduler says so. Ends when
 * all is accepted and applied.
 */
export async function workAtOnce(
  world: MergingWorld,
  scheduler: Scheduler,
  { processes, byHand = [] }: Work,
): Promise<void> {
  const tick = (): Promise<void> => scheduler.schedule(Promise.resolve());
  let speaking = processes.length + 1;
  const speak = async (requests: readonly (readonly Call[])[]): Promise<void> => {
    const resolve = createResolveIdentities({
      store: storeOf(world, tick),
      cache: new OwnerCache(() => world.now),
      newProfileId: () => world.newProfileId(),
    });
    for (const calls of requests) {
      const claims = calls.map(({ said, id }) => claimOf(said, id));
      if (calls.some(({ diesOnce }) => diesOnce)) await resolve(claims, world.now);
      const resolved = await resolve(claims, world.now);
      await tick();
      for (const [at, { said, id }] of calls.entries()) {
        const found = resolved[at];
        if (found !== undefined) world.take(said, id, found);
      }
    }
    speaking -= 1;
  };
  const mergeByHand = async (): Promise<void> => {
    for (const [keep, merge] of byHand) {
      await tick();
      world.merge(keep, merge);
    }
    speaking -= 1;
  };
  const apply = async (): Promise<void> => {
    while (speaking > 0 || world.waits) {
      await tick();
      world.applyNext();
    }
  };
  await scheduler.waitFor(Promise.all([...processes.map(speak), mergeByHand(), apply()]));
}

/** What profiles/identity-store.ts does, in memory: its unique keys, and no more done at once than there. */
function storeOf(world: MergingWorld, tick: () => Promise<void>): IdentityStore {
  const { identities, conflicts, apart } = world;
  return {
    async owners(ids) {
      await tick();
      const found = ids.map((id) => identities.get(id)).filter((one) => one !== undefined);
      return new Map(found.map(({ _id, profileId }) => [_id, profileId]));
    },
    async slots(profileIds) {
      const slots = new Map<string, Slot>();
      for (let open = [...profileIds]; open.length > 0;) {
        await tick();
        const taken = slotsOf(identities);
        const next: string[] = [];
        for (const id of open) {
          const slot = taken.get(id);
          if (slot !== undefined) slots.set(id, slot);
          if (slot?.by === 'merged' && !slots.has(slot.into)) next.push(slot.into);
        }
        open = next;
      }
      return slots;
    },
    async insert(writes) {
      for (const write of writes) {
        await tick();
        if (isTaken(identities, write)) return false;
        identities.set(write._id, write);
      }
      return true;
    },
    async addConflicts(found) {
      await tick();
      const isNew = ({ _id }: { _id: string }): boolean =>
        conflicts.every((known) => known._id !== _id);
      conflicts.push(...found.filter(isNew));
    },
    apart: () => Promise.resolve(apart),
    erased: () => Promise.resolve(new Map()),
    unproven: () => Promise.resolve(new Set()),
    addressKinds: () => Promise.reject(new Error('only calls with a public key ask')),
  };
}

/** By the unique keys of `identities`: the id itself, and whose own it is or what is merged by it. */
function isTaken(
  identities: ReadonlyMap<string, StoredIdentity>,
  { _id, externalOf }: StoredIdentity,
): boolean {
  if (identities.has(_id)) return true;
  if (externalOf === undefined) return false;
  return [...identities.values()].some((one) => one.externalOf === externalOf);
}
