import type { Db, Filter } from 'mongodb';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import { templateCollections, type StoredTestSend } from './template-collections.ts';

/** How long it is known who tried what, in ms: a quarter. */
const KEPT_MS = 90 * 86_400_000;

/** Messages that were sent to see them. */
export interface TestSendStore {
  /** Notes that one is about to go out. */
  begin(
    test: Omit<StoredTestSend, 'status' | 'reason' | 'providerId' | 'expiresAt'>,
  ): Promise<void>;
  end(
    id: string,
    how: Pick<StoredTestSend, 'status' | 'reason' | 'providerId' | 'provider'>,
  ): Promise<void>;
  /** The latest first. */
  list(template: string, request: PageRequest): Promise<Page<StoredTestSend>>;
}

export function createTestSendStore(db: Db): TestSendStore {
  const { testSends } = templateCollections(db);
  return {
    async begin(test) {
      const unknown = { status: 'sending', reason: null, providerId: null } as const;
      const expiresAt = new Date(test.at + KEPT_MS);
      await testSends.insertOne({ ...test, ...unknown, expiresAt });
    },
    async end(id, how) {
      await testSends.updateOne({ _id: id }, { $set: how });
    },
    async list(template, { limit, after }) {
      const filter: Filter<StoredTestSend> = { template };
      if (after !== null) {
        filter.$or = [{ at: { $lt: after.at } }, { at: after.at, _id: { $lt: after.id } }];
      }
      const read = await testSends
        .find(filter)
        .sort({ at: -1, _id: -1 })
        .limit(limit + 1)
        .toArray();
      return pageOf(read, limit, ({ at, _id }) => ({ at, id: _id }));
    },
  };
}
