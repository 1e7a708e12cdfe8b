import type { JsonObject } from '#domain/json.ts';

/** One event as conditions see it. */
export interface FactEvent {
  /** Epoch ms. */
  occurredAt: number;
  properties: JsonObject;
  context?: JsonObject;
}
