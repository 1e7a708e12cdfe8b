import type { Journey } from '#domain/journey/journey.ts';

/** A published journey as the event path sees it. Paused ones are watched, but take nobody. */
export interface LiveJourney {
  key: string;
  version: number;
  status: 'live' | 'paused';
  publishedAt: number;
  definition: Journey;
}
