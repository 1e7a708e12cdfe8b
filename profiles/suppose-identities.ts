import type { StoredIdentity } from '#platform/identity-documents.ts';
import { MERGED, type IdentityStore, type Slot } from './identity-store.ts';

/** New identities remembered, some 60 MB; one that comes again beyond them is new again. */
export const REMEMBERED_MAX = 300_000;

/** What an installation would know of identities, had it been told; nothing of it is written. */
export interface SupposedIdentities {
  store: IdentityStore;
  /** Conflicts that would be listed. */
  conflicts(): number;
}

/** The stored identities with those on top that a dry run would have written. */
export function supposeIdentities(real: IdentityStore): SupposedIdentities {
  const owners = new Map<string, string>();
  const slots = new Map<string, Slot>();
  const conflicts = new Set<string>();

  function remember({ _id, kind, profileId, externalOf }: StoredIdentity): void {
    if (kind === 'merged') slots.set(_id.slice(MERGED.length), { by: 'merged', into: profileId });
    else {
      owners.set(_id, profileId);
      if (externalOf !== undefined) slots.set(externalOf, { by: 'external' });
    }
  }

  const store: IdentityStore = {
    ...real,
    async owners(ids, latest) {
      const unknown = ids.filter((id) => !owners.has(id));
      const found =
        unknown.length === 0 ? new Map<string, string>() : await real.owners(unknown, latest);
      for (const id of ids) {
        const owner = owners.get(id);
        if (owner !== undefined) found.set(id, owner);
      }
      return found;
    },
    async slots(profileIds) {
      const found = await real.slots(profileIds);
      const open = [...profileIds];
      for (let id = open.pop(); id !== undefined; id = open.pop()) {
        const slot = slots.get(id);
        if (slot === undefined || found.get(id) === slot) continue;
        found.set(id, slot);
        if (slot.by === 'merged') open.push(slot.into);
      }
      return found;
    },
    insert(identities) {
      if (owners.size < REMEMBERED_MAX) identities.forEach(remember);
      return Promise.resolve(true);
    },
    addConflicts(found) {
      for (const { _id } of found) if (conflicts.size < REMEMBERED_MAX) conflicts.add(_id);
      return Promise.resolve();
    },
  };
  return { store, conflicts: () => conflicts.size };
}
