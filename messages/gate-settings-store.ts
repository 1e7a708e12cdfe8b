import type { GateSettings } from '#domain/message/gate/gate-settings.ts';
import { NO_GATE_SETTINGS } from '#domain/message/gate/gate-settings.ts';
import { audited, type Deed } from '#platform/audit.ts';
import type { StoredGateSettings } from '#platform/gate-documents.ts';
import type { Collections, Mongo } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';

/**
 * How old what a worker knows of the settings may be, in ms. Whoever changes them answers only when
 * this is over: so every message decided after the answer is decided by them, and no message costs
 * a read.
 */
const SETTINGS_STALE_MS = 1_000;

const ID = 'gate';

/** The gate's settings, at most SETTINGS_STALE_MS old; `now` counts ms and never goes back. */
export function createGateSettings(
  { gateSettings }: Pick<Collections, 'gateSettings'>,
  now: () => number = () => performance.now(),
): () => Promise<GateSettings> {
  let known: { readAt: number; settings: Promise<GateSettings> } | null = null;
  return () => {
    const readAt = now();
    if (known !== null && readAt - known.readAt < SETTINGS_STALE_MS) return known.settings;
    const settings = readGateSettings({ gateSettings }).then((stored) => stored.settings);
    const reading = { readAt, settings };
    known = reading;
    settings.catch(() => {
      if (known === reading) known = null;
    });
    return settings;
  };
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
  await new Promise((resolve) => setTimeout(resolve, SETTINGS_STALE_MS));
}
