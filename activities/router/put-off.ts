import type { ProfileStore } from '#profiles/profile-store.ts';
import { errorCode, errorPlace, type Logger } from '#platform/logger.ts';

interface PutOffDeps {
  profiles: Pick<ProfileStore, 'putOff'>;
  logger: Pick<Logger, 'error'>;
}

/** One profile that cannot be looked at must not hold up the others: put off, and told of. */
export async function putOff(
  { profiles, logger }: PutOffDeps,
  profileId: string,
  error: unknown,
): Promise<void> {
  const fault = errorCode(error);
  logger.error({ profileId, fault, place: errorPlace(error) }, 'profile put off');
  await profiles.putOff(profileId, fault);
}
