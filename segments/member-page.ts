import type { Profile } from '#domain/profile/profile.ts';
import type { Collections } from '#platform/mongo.ts';

/** Somebody in a segment, and the IANA zone they are in; null: not known. */
export type MemberInZone = Pick<Profile, '_id' | 'zone'>;

/** Who is in a segment, after an id, by id: a walk that can be resumed, over an index alone. */
export function createMemberPage({ profiles }: Pick<Collections, 'profiles'>) {
  return (segment: string, after: string, limit: number): Promise<MemberInZone[]> =>
    profiles
      .find({ 'segments.key': segment, _id: { $gt: after } })
      .sort({ _id: 1 })
      .limit(limit)
      .project<MemberInZone>({ zone: 1 })
      .toArray();
}
