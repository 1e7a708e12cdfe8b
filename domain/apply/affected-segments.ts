import type { StoredEvent } from '#domain/event/event.ts';
import type { JsonObject } from '#domain/json.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { CompiledSegment, SegmentCatalogue } from '#domain/segment/catalogue.ts';

interface Change {
  event: StoredEvent;
  before: Profile;
  after: Profile;
  /** Segments of later generations were never looked at. */
  since: number;
}

/** The segments that an event, or what it did to the profile, may bring somebody into or out of. */
export function affectedSegments(
  catalogue: SegmentCatalogue,
  { event, before, after, since }: Change,
): Set<CompiledSegment> {
  const { byEvent, byAttribute, byTrait, byPreference, byConsent, byTime } = catalogue.readers;
  const affected = new Set<CompiledSegment>(byEvent.get(event.name));
  const add = (more: readonly CompiledSegment[]): void => {
    for (const segment of more) affected.add(segment);
  };
  if (since < catalogue.generation) add(catalogue.since(since));
  if (before.attributes !== after.attributes) {
    for (const [name, readers] of byAttribute) {
      if (differ(before.attributes, after.attributes, name)) add(readers);
    }
  }
  if (before.traits !== after.traits) {
    for (const [name, readers] of byTrait) {
      if (differ(before.traits, after.traits, name)) add(readers);
    }
  }
  if (before.preferences !== after.preferences) add(byPreference);
  if (before.consents !== after.consents) add(byConsent);
  if (before.zone !== after.zone) add(byTime);
  return affected;
}

/** Names may be paths; what changed inside a value is another value, for none is changed in place. */
function differ(one: JsonObject, other: JsonObject, name: string): boolean {
  if (valueOf(one, name) !== valueOf(other, name)) return true;
  const dot = name.indexOf('.');
  if (dot === -1) return false;
  const root = name.slice(0, dot);
  return valueOf(one, root) !== valueOf(other, root);
}

function valueOf(source: JsonObject, name: string): unknown {
  return Object.hasOwn(source, name) ? source[name] : undefined;
}
