import type { GateSettings } from '#domain/message/gate/gate-settings.ts';
import type { Slots } from '#domain/message/gate/slots.ts';

/** What the gate goes by for the whole shop: one document. */
export interface StoredGateSettings {
  _id: 'gate';
  settings: GateSettings;
  /** Grows with each change. */
  revision: number;
  /** Epoch ms. */
  updatedAt: number;
}

/** What one customer's caps are counted by; only of those whom a cap or a distance concerned. */
export interface StoredSlots extends Slots {
  /** The profile's id. */
  _id: string;
  /** Grows by one with each write; writers are fenced by it. */
  revision: number;
  /** TTL index. */
  expiresAt: Date;
}
