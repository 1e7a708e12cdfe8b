import type { GateSettings } from '#domain/message/gate/gate-settings.ts';
import type { Slots } from '#domain/message/gate/slots.ts';
import type { SendingSettings } from '#domain/message/pace/sending-settings.ts';
import type { LineUse } from '#domain/message/pace/throttle.ts';
import type { WarmUpUse } from '#domain/message/pace/warm-up.ts';

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

/** How fast mail goes out, as the shop set it: one document. */
export interface StoredSendingSettings {
  _id: 'sending';
  settings: SendingSettings;
  /** Grows with each change. */
  revision: number;
  /** Epoch ms. */
  updatedAt: number;
}

/** What was counted of that: one document, so that a mail's places are given by one write. */
export interface StoredPace {
  _id: 'mail';
  /** Grows by one with each write; writers are fenced by it. */
  revision: number;
  /** Lists, for names have dots. */
  lines: (LineUse & { name: string })[];
  warmUps: (WarmUpUse & { provider: string })[];
}
