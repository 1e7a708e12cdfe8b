import {
  NO_SENDING_SETTINGS,
  type SendingSettings,
} from '#domain/message/pace/sending-settings.ts';
import { audited, type Deed } from '#platform/audit.ts';
import type { StoredSendingSettings } from '#platform/gate-documents.ts';
import type { Collections, Mongo } from '#platform/mongo.ts';
import { knownSettings, settingsTaken } from './known-settings.ts';

const ID = 'sending';

/** How fast mail may go out, at most SETTINGS_STALE_MS old; `now` counts ms and never goes back. */
export function createSendingSettings(
  collections: Pick<Collections, 'sendingSettings'>,
  now?: () => number,
): () => Promise<SendingSettings> {
  return knownSettings(async () => (await readSendingSettings(collections)).settings, now);
}

/** The settings as they are; revision 0: none were ever set. */
export async function readSendingSettings({
  sendingSettings,
}: Pick<Collections, 'sendingSettings'>): Promise<Omit<StoredSendingSettings, '_id'>> {
  const stored = await sendingSettings.findOne({ _id: ID });
  return stored ?? { settings: NO_SENDING_SETTINGS, revision: 0, updatedAt: 0 };
}

/** Sets all of them anew; `at` in epoch ms. Answers once every worker goes by them. */
export async function putSendingSettings(
  mongo: Pick<Mongo, 'client' | 'collections'>,
  settings: SendingSettings,
  at: number,
): Promise<void> {
  const { sendingSettings } = mongo.collections;
  await audited(mongo, async (session) => {
    const before = await sendingSettings.findOne({ _id: ID }, { session });
    const revision = (before?.revision ?? 0) + 1;
    const after = { settings, revision, updatedAt: at };
    await sendingSettings.replaceOne({ _id: ID }, after, { session, upsert: true });
    const deed: Deed = {
      at,
      what: 'sendingSettingsStored',
      ids: { settings: ID },
      before: before?.settings ?? null,
      after: settings,
    };
    return { result: undefined, deed };
  });
  await settingsTaken();
}
