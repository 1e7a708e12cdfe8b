import type { GateSettings } from '#domain/message/gate/gate-settings.ts';
import { NO_GATE_SETTINGS } from '#domain/message/gate/gate-settings.ts';
import { audited, type Deed } from '#platform/audit.ts';
import type { StoredGateSettings } from '#platform/gate-documents.ts';
import type { Collections, Mongo } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';
import { knownSettings, settingsTaken } from './known-settings.ts';

const ID = 'gate';

/** The gate's settings, at most SETTINGS_STALE_MS old; `now` counts ms and never goes back. */
export function createGateSettings(
  collections: Pick<Collections, 'gateSettings'>,
  now?: () => number,
): () => Promise<GateSettings> {
  return knownSettings(async () => (await readGateSettings(collections)).settings, now);
}

/** The settings as they are; revision 0: none were ever set. */
export async function readGateSettings(
  { gateSettings }: Pick<Collections, 'gateSettings'>,
  session?: Session,
): Promise<Omit<StoredGateSettings, '_id'>> {
  const stored = await gateSettings.findOne({ _id: ID }, session && { session });
  if (stored === null) return { settings: NO_GATE_SETTINGS, revision: 0, updatedAt: 0 };
  // What was set before there was such a setting has it as if never set.
  return { ...stored, settings: { ...NO_GATE_SETTINGS, ...stored.settings } };
}

/** Sets all of them anew; `at` in epoch ms. Answers once every worker goes by them. */
export async function putGateSettings(
  mongo: Pick<Mongo, 'client' | 'collections'>,
  settings: GateSettings,
  at: number,
): Promise<void> {
  const { gateSettings } = mongo.collections;
  await audited(mongo, async (session) => {
    const before = await gateSettings.findOne({ _id: ID }, { session });
    const revision = (before?.revision ?? 0) + 1;
    const after = { settings, revision, updatedAt: at };
    await gateSettings.replaceOne({ _id: ID }, after, { session, upsert: true });
    const deed: Deed = {
      at,
      what: 'gateSettingsStored',
      ids: { settings: ID },
      before: before?.settings ?? null,
      after: settings,
    };
    return { result: undefined, deed };
  });
  await settingsTaken();
}
