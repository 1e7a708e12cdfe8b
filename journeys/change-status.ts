import { DomainError } from '#domain/errors.ts';
import { audited } from '#platform/audit.ts';
import type { DeedKind, JourneyStatus, StoredJourney } from '#platform/documents.ts';
import type { Mongo } from '#platform/mongo.ts';
import { readJourney } from './journey-store.ts';

/** What a marketer may ask of a published journey. */
export const ORDERS = {
  /** Nobody enters, those under way wait. */
  pause: { from: ['live'], to: 'paused' },
  resume: { from: ['paused'], to: 'live' },
  /** Nobody enters, those under way end. */
  stop: { from: ['live', 'paused'], to: 'stopped' },
} as const satisfies Record<string, { from: readonly JourneyStatus[]; to: JourneyStatus }>;
export type Order = keyof typeof ORDERS;

const DEEDS: Readonly<Record<Order, DeedKind>> = {
  pause: 'journeyPaused',
  resume: 'journeyResumed',
  stop: 'journeyStopped',
};

/**
 * Changes a journey's status; a repeat changes nothing and answers the same. `at` in epoch ms.
 * @throws DomainError `not-found`, `conflict` where the present status does not allow it.
 */
export async function changeStatus(
  mongo: Pick<Mongo, 'client' | 'collections'>,
  key: string,
  order: Order,
  at: number,
): Promise<StoredJourney> {
  const { from, to } = ORDERS[order];
  const c = mongo.collections;
  const changed = await audited(mongo, async (session) => {
    const before = await c.journeys.findOneAndUpdate(
      { _id: key, status: { $in: [...from] } },
      {
        $set: { status: to, updatedAt: at, ...(order === 'stop' ? { stoppedAt: at } : {}) },
        $inc: { revision: 1 },
      },
      { returnDocument: 'before', session },
    );
    if (before === null) return { result: null, deed: null };
    const { status, version } = before;
    const deed = {
      ...{ at, what: DEEDS[order], ids: { journey: key } },
      before: { status, version },
      after: { status: to, version },
    };
    return { result: await c.journeys.findOne({ _id: key }, { session }), deed };
  });
  if (changed !== null) return changed;
  const journey = await readJourney(c, key);
  if (journey.status === to && journey.version > 0) return journey;
  throw new DomainError('conflict', refusal(order, journey.status));
}

function refusal(order: Order, status: JourneyStatus): string {
  if (status === 'draft') return `The journey was never published, so it cannot ${order}.`;
  if (status === 'stopped') {
    return `The journey is stopped, so it cannot ${order}. Publish it to make it live again.`;
  }
  return `The journey is ${status}, so it cannot ${order}.`;
}
