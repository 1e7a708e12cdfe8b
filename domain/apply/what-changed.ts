import { AGE, BIRTHDAY, LANGUAGE, ZONE } from '#domain/condition/computed-traits.ts';
import type { Reads } from '#domain/condition/reads.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { JsonObject } from '#domain/json.ts';
import type { Profile } from '#domain/profile/profile.ts';

/** A profile before an event and after it. */
export interface Change {
  event: StoredEvent;
  before: Profile;
  after: Profile;
}

/** Whether the event, or what it did to the profile, is anything that a condition reads. */
export function touches(read: Reads, change: Change): boolean {
  const { event, before, after } = change;
  return (
    event.merges !== undefined ||
    read.events.some(({ name }) => name === event.name) ||
    touchesParts(read, change) ||
    read.attributes.some((name) => attributeDiffers(before, after, name)) ||
    read.traits.some((name) => traitDiffers(before, after, name))
  );
}

function touchesParts(read: Reads, { before, after }: Change): boolean {
  return (
    (read.preferences && before.preferences !== after.preferences) ||
    (read.consents && before.consents !== after.consents) ||
    (read.reach && reachDiffers(before, after)) ||
    (read.segments && before.segments !== after.segments) ||
    (read.zone && before.zone !== after.zone)
  );
}

/** Names may be paths; what changed inside a value is another value, for none is changed in place. */
export function attributeDiffers(before: Profile, after: Profile, name: string): boolean {
  return (
    before.attributes !== after.attributes && differ(before.attributes, after.attributes, name)
  );
}

export function traitDiffers(before: Profile, after: Profile, name: string): boolean {
  if (name === ZONE) return before.zone !== after.zone;
  if (name === LANGUAGE) return languageOf(before) !== languageOf(after);
  if (name === AGE) return attributeDiffers(before, after, BIRTHDAY);
  return before.traits !== after.traits && differ(before.traits, after.traits, name);
}

/** Whether another address, device or consent may have changed how somebody can be reached. */
export function reachDiffers(before: Profile, after: Profile): boolean {
  return (
    before.consents !== after.consents ||
    before.devices !== after.devices ||
    before.deadAddresses !== after.deadAddresses ||
    attributeDiffers(before, after, 'email') ||
    attributeDiffers(before, after, 'phone')
  );
}

/** What is spoken to a customer: as they said, else as their browser last did. */
export function languageOf({ language, browserLanguage }: Profile): string | null {
  return language ?? browserLanguage;
}

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
