import type { StoredEvent } from '#domain/event/event.ts';
import { passedOn } from '#domain/profile/passed-devices.ts';
import type { ForgetDevices } from '#events/forget-device.ts';
import type { ProfileStore } from '#profiles/profile-store.ts';

export interface PassDeps {
  profiles: Pick<ProfileStore, 'holding'>;
  forget: ForgetDevices;
}

/**
 * Has devices that these applied events brought leave everybody who had them before: what is pushed
 * to a phone is read by whoever has it now. Of two such events that are applied at once the later to
 * be committed sees the other. Safe to repeat.
 */
export function createPassDevices({ profiles, forget }: PassDeps) {
  return async function passDevices(events: readonly StoredEvent[]): Promise<void> {
    const tokens = new Set(events.flatMap(({ deviceToken }) => deviceToken ?? []));
    if (tokens.size > 0) await forget(passedOn(await profiles.holding([...tokens])));
  };
}

export type PassDevices = ReturnType<typeof createPassDevices>;
