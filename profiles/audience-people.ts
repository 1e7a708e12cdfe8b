import type { Filter } from 'mongodb';
import type { Profile } from '#domain/profile/profile.ts';
import { durably } from '#platform/mongo-errors.ts';
import type { Collections } from '#platform/mongo.ts';

/** A page of ids, in their order. */
interface Page {
  after: string | null;
  limit: number;
}

const EMAIL = 'email:';
/** What is written but not yet on a majority counts: what follows of it is written later. */
const LOCAL = { readConcern: { level: 'local' } } as const;

/** Customers and the e-mails they are known by, for lists that name people by hashes. */
export function createAudiencePeople(c: Pick<Collections, 'profiles' | 'identities'>) {
  const ids = async (filter: Filter<Profile>, { after, limit }: Page): Promise<string[]> => {
    const isAfter = after === null ? {} : { _id: { $gt: after } };
    const found = await durably(() =>
      c.profiles
        .find({ ...filter, ...isAfter }, LOCAL)
        .project<{ _id: string }>({ _id: 1 })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    );
    return found.map(({ _id }) => _id);
  };
  return {
    estimate: () => durably(() => c.profiles.estimatedDocumentCount()),

    page: (after: string | null, limit: number) => ids({}, { after, limit }),

    /** An e-mail is that of the customer whose identity it is; merged ones have none. */
    async emails(profileIds: readonly string[]): Promise<{ profileId: string; email: string }[]> {
      const found = await durably(() =>
        c.identities
          .find({ profileId: { $in: [...profileIds] }, kind: 'email' }, LOCAL)
          .project<{ _id: string; profileId: string }>({ profileId: 1 })
          .toArray(),
      );
      return found.map(({ _id, profileId }) => ({ profileId, email: _id.slice(EMAIL.length) }));
    },

    async membersAmong(segment: string, among: readonly string[]): Promise<Set<string>> {
      if (among.length === 0) return new Set();
      const filter = { _id: { $in: [...among] }, 'segments.key': segment };
      return new Set(await ids(filter, { after: null, limit: among.length }));
    },

    /** Who is in the segment since an instant (epoch ms) or longer. */
    members: (segment: string, since: number, page: Page) =>
      ids({ segments: { $elemMatch: { key: segment, since: { $lte: since } } } }, page),
  };
}
