import type { Db } from 'mongodb';
import type { Clock } from '#platform/clock.ts';

/** How one provider stands, as one worker sees it. */
interface SeenProvider {
  channel: string;
  provider: string;
  state: string;
  /** Epoch ms of the next probe of one that is not healthy. */
  probeAt: number | null;
}

/** What one worker says of the providers. */
interface StoredHealth {
  /** The worker: its machine's name and its process. */
  _id: string;
  /** Epoch ms. */
  at: number;
  providers: SeenProvider[];
}

/** A worker that said nothing for so long is gone, and so is what it saw; in ms. */
const SILENT_MS = 30_000;
/** What gone workers said is deleted after this, in ms. */
const KEPT_MS = 3_600_000;

/** What workers see of providers' health: each says so every few seconds. */
export interface ProviderHealthStore {
  note(worker: string, providers: readonly SeenProvider[]): Promise<void>;
  /** What each worker that is there says. */
  seen(): Promise<{ worker: string; at: number; providers: SeenProvider[] }[]>;
}

export function createProviderHealthStore(db: Db, clock: Clock): ProviderHealthStore {
  const health = db.collection<StoredHealth>('providerHealth');
  return {
    async note(worker, providers) {
      const at = clock();
      await health.updateOne(
        { _id: worker },
        { $set: { at, providers: [...providers] } },
        { upsert: true, writeConcern: { w: 1 } },
      );
      await health.deleteMany({ at: { $lt: at - KEPT_MS } });
    },
    async seen() {
      const found = await health.find({ at: { $gte: clock() - SILENT_MS } }).toArray();
      return found.map(({ _id: worker, at, providers }) => ({ worker, at, providers }));
    },
  };
}
