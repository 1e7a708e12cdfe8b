import type { Parting } from '#domain/merge/fold-undo.ts';
import type { StoredIdentity } from '#platform/identity-documents.ts';
import { MERGED, type Slot } from '#profiles/identity-store.ts';

/** What profiles/move-apart.ts does to identities, in memory. `theirs`: as they were at the merge. */
export function partIdentities(
  identities: Map<string, StoredIdentity>,
  theirs: readonly StoredIdentity[],
  parting: Parting,
): void {
  const { kept, merged } = parting;
  identities.delete(`${MERGED}${merged}`);
  for (const identity of theirs) identities.set(identity._id, identity);
  for (const one of parting.identities) {
    const found = identities.get(one);
    if (found?.profileId !== kept) continue;
    const { externalOf, ...identity } = found;
    const slot = found.kind === 'merged' && externalOf !== undefined ? { externalOf } : {};
    identities.set(one, { ...identity, ...slot, profileId: merged });
  }
  for (const { id: one, profileId } of parting.own) {
    const found = identities.get(one);
    if (found?.profileId !== profileId) continue;
    identities.set(one, { ...found, externalOf: profileId });
  }
}

/** Who speaks for each profile, as profiles/identity-store.ts reads it. */
export function slotsOf(identities: ReadonlyMap<string, StoredIdentity>): Map<string, Slot> {
  const slots = new Map<string, Slot>();
  for (const { _id, kind, profileId, externalOf } of identities.values()) {
    if (kind === 'merged') slots.set(_id.slice(MERGED.length), { by: 'merged', into: profileId });
    else if (externalOf !== undefined) slots.set(externalOf, { by: 'external' });
  }
  return slots;
}
