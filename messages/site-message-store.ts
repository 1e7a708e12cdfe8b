import { SITE_CHANNELS, type SiteChannel } from '#domain/message/message.ts';
import type { RenderedSite, SiteForm } from '#domain/site/rendered-site.ts';
import { closesSite, opensSite, type SiteEvent } from '#domain/site/site-receipt.ts';
import type { Clock } from '#platform/clock.ts';
import { isDuplicateKey } from '#platform/mongo-errors.ts';
import type { Collections } from '#platform/mongo.ts';
import type { StoredSiteMessage } from '#platform/site-documents.ts';

/**
 * A person's latest messages on the shop's pages that are looked through for what still stands:
 * more than anybody scrolls through, few enough for every page view.
 */
const LOOKED_MAX = 500;

/** What the ledger says was not sent, or was withdrawn while it was, is not shown. */
const NEVER_SHOWN = ['deferred', 'suppressed', 'failed', 'unknown'] as const;

/** What a browser or an app told of one message. */
export interface SiteReceipt {
  messageId: string;
  event: SiteEvent;
}

/** A form as somebody was shown it. */
export interface AskedForm {
  form: SiteForm;
  /** Of which template it is. */
  template: string;
  /** Which words these are: the template, and its language. */
  version: string;
}

/** What is shown on the shop's own pages. */
export interface SiteMessages {
  /** Puts a message there once, however often it is asked to. */
  put(message: {
    messageId: string;
    profileId: string;
    content: RenderedSite;
    /** BCP 47. */
    language?: string;
    livesMs: number;
  }): Promise<void>;
  has(messageId: string): Promise<boolean>;
  /** What stands for this person in some channels, the latest first. */
  standing(profileId: string, channels: readonly SiteChannel[]): Promise<StoredSiteMessage[]>;
  /** Of these messages those that are this person's, with their channels. */
  owned(profileId: string, messageIds: readonly string[]): Promise<Map<string, SiteChannel>>;
  /** Whether this message is a push to this person's phone. */
  isPushOf(profileId: string, messageId: string): Promise<boolean>;
  /** The form in a widget of this person's, as they were shown it; null: there is none. */
  form(profileId: string, messageId: string): Promise<AskedForm | null>;
  /** Of a run that was cut off: what its customer has not seen is shown no more. Safe to repeat. */
  takeDown(runId: string): Promise<void>;
  /** Shows or shows no more, by what was told. Safe to repeat. */
  mark(receipts: readonly (SiteReceipt & { channel: SiteChannel })[]): Promise<void>;
}

type Needs = Pick<Collections, 'messages' | 'siteMessages'>;

/** A shelf of products goes on being shown after a click on one of them. */
function closing(event: SiteEvent, at: number): unknown {
  if (event !== 'clicked') return at;
  return { $cond: [{ $eq: ['$content.kind', 'products'] }, '$$REMOVE', at] };
}

/** Whose a message is stands in the ledger alone, so that merges and their undoing need nothing here. */
export function createSiteMessages({ messages, siteMessages }: Needs, clock: Clock): SiteMessages {
  return {
    async put({ messageId, profileId, content, language, livesMs }) {
      const createdAt = clock();
      const expiresAt = new Date(createdAt + livesMs);
      try {
        await siteMessages.insertOne({
          ...{ _id: messageId, channel: content.channel, profileId, content, createdAt, expiresAt },
          ...(language !== undefined && { language }),
        });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },
    has: async (messageId) =>
      (await siteMessages.countDocuments({ _id: messageId }, { limit: 1 })) > 0,
    async standing(profileId, channels) {
      const status = { $nin: [...NEVER_SHOWN] };
      const ids = await messages
        .find({ profileId, channel: { $in: [...channels] }, status })
        .sort({ createdAt: -1, _id: -1 })
        .limit(LOOKED_MAX)
        .project<{ _id: string }>({ _id: 1 })
        .toArray();
      if (ids.length === 0) return [];
      return siteMessages
        .find({
          _id: { $in: ids.map(({ _id }) => _id) },
          expiresAt: { $gt: new Date(clock()) },
          closedAt: { $exists: false },
        })
        .sort({ createdAt: -1, _id: -1 })
        .toArray();
    },
    owned: (profileId, messageIds) => ownedOf(messages, profileId, messageIds),
    isPushOf: (profileId, messageId) => isPushOf(messages, profileId, messageId),
    form: (profileId, messageId) => readForm({ messages, siteMessages }, profileId, messageId),
    async takeDown(runId) {
      const ids = await messages
        .find({ runId, channel: { $in: [...SITE_CHANNELS] } })
        .project<{ _id: string }>({ _id: 1 })
        .toArray();
      if (ids.length === 0) return;
      await siteMessages.updateMany(
        { _id: { $in: ids.map(({ _id }) => _id) }, openedAt: { $exists: false } },
        { $set: { closedAt: clock() } },
      );
    },
    async mark(receipts) {
      const at = clock();
      const changes = receipts.flatMap(({ messageId, channel, event }) => {
        const said = {
          ...(opensSite(event) && { openedAt: at }),
          ...(closesSite(channel, event) && { closedAt: closing(event, at) }),
        };
        if (Object.keys(said).length === 0) return [];
        // What was said first stands.
        const first = Object.fromEntries(
          Object.entries(said).map(([name, value]) => [name, { $ifNull: [`$${name}`, value] }]),
        );
        return [{ updateOne: { filter: { _id: messageId }, update: [{ $set: first }] } }];
      });
      if (changes.length > 0) await siteMessages.bulkWrite(changes, { ordered: false });
    },
  };
}

async function ownedOf(
  messages: Needs['messages'],
  profileId: string,
  messageIds: readonly string[],
): Promise<Map<string, SiteChannel>> {
  const found = await messages
    .find({ _id: { $in: [...messageIds] }, profileId, channel: { $in: [...SITE_CHANNELS] } })
    .project<{ _id: string; channel: SiteChannel }>({ channel: 1 })
    .toArray();
  return new Map(found.map(({ _id, channel }) => [_id, channel]));
}

async function isPushOf(
  messages: Needs['messages'],
  profileId: string,
  messageId: string,
): Promise<boolean> {
  const asked = { _id: messageId, profileId, channel: 'push' } as const;
  return (await messages.countDocuments(asked, { limit: 1 })) > 0;
}

async function readForm(
  { messages, siteMessages }: Needs,
  profileId: string,
  messageId: string,
): Promise<AskedForm | null> {
  const message = await messages.findOne(
    { _id: messageId, profileId, channel: 'widget' },
    { projection: { template: 1, language: 1 } },
  );
  const shown = message === null ? null : await siteMessages.findOne({ _id: messageId });
  if (message === null || shown?.content.channel !== 'widget') return null;
  const { form } = shown.content;
  const version = [message.template, message.language].filter(Boolean).join(' ');
  return form === undefined ? null : { form, template: message.template, version };
}
