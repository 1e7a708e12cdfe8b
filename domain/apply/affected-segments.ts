import type { CompiledSegment, SegmentCatalogue } from '#domain/segment/catalogue.ts';
import { attributeDiffers, reachDiffers, traitDiffers, type Change } from './what-changed.ts';

interface Affecting extends Change {
  /** Segments of later generations were never looked at. */
  since: number;
}

/** The segments that an event, or what it did to the profile, may bring somebody into or out of. */
export function affectedSegments(
  catalogue: SegmentCatalogue,
  { event, before, after, since }: Affecting,
): Set<CompiledSegment> {
  const { byEvent, byAttribute, byTrait, byPreference, byConsent, byReach, byZone } =
    catalogue.readers;
  const affected = new Set<CompiledSegment>(byEvent.get(event.name));
  const add = (more: readonly CompiledSegment[]): void => {
    for (const segment of more) affected.add(segment);
  };
  if (since < catalogue.generation) add(catalogue.since(since));
  if (before.attributes !== after.attributes) {
    for (const [name, readers] of byAttribute) {
      if (attributeDiffers(before, after, name)) add(readers);
    }
  }
  for (const [name, readers] of byTrait) {
    if (traitDiffers(before, after, name)) add(readers);
  }
  if (before.preferences !== after.preferences) add(byPreference);
  if (before.consents !== after.consents) add(byConsent);
  if (byReach.length > 0 && reachDiffers(before, after)) add(byReach);
  if (before.zone !== after.zone) add(byZone);
  return affected;
}
