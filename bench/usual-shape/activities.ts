import type { Content, Provider } from '#channels/provider.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { linksBeside } from '#domain/template/page-links.ts';
import { templateScope } from '#domain/template/template-scope.ts';
import { canonicalAddress } from '#domain/message/address.ts';
import { addressHash } from '#platform/hash.ts';
import { isDuplicateKey } from '#platform/mongo-errors.ts';
import type { Mongo } from '#platform/mongo.ts';
import { prepareTemplate, type PreparedTemplate } from '#templates/prepare-template.ts';
import { renderMessage } from '#templates/render-message.ts';

/** As much of a profile as the send needs; in the usual shape it travels through the history. */
export interface LoadedProfile {
  email: string;
  language: string | null;
  attributes: Profile['attributes'];
  traits: Profile['traits'];
}

export interface UsualActivities {
  loadProfile(profileId: string): Promise<LoadedProfile | null>;
  checkConsent(profileId: string): Promise<boolean>;
  checkSuppression(email: string): Promise<boolean>;
  render(request: RenderRequest): Promise<Content>;
  reserveMessage(message: { messageId: string; profileId: string }): Promise<boolean>;
  send(mail: { messageId: string; to: string; content: Content }): Promise<string | null>;
  recordResult(result: { messageId: string; providerId: string | null }): Promise<void>;
}

interface RenderRequest {
  template: string;
  profile: LoadedProfile;
  properties: Record<string, string>;
}

export interface UsualMessage {
  _id: string;
  profileId: string;
  status: 'sending' | 'sent';
  history: { status: string; at: number }[];
  providerId: string | null;
  createdAt: number;
}

/** The ledger of the usual shape, in the same database and with the same write concern as ours. */
export const USUAL_LEDGER = 'usualMessages';

const TIMEOUT_MS = 10_000;

/**
 * The seven activities, over the same documents, templates, provider and sandbox as Kairos. The
 * reads that Kairos does in one go are made one by one. Nothing of Kairos' own send is used, so that
 * this stays what it is when that gets faster.
 */
export function createUsualActivities(mongo: Mongo, email: Provider): UsualActivities {
  const { profiles, suppressions } = mongo.collections;
  const ledger = mongo.db.collection<UsualMessage>(USUAL_LEDGER);
  const load = cachedTemplates(mongo);
  return {
    async loadProfile(_id) {
      const profile = await profiles.findOne({ _id });
      const address = profile?.attributes.email;
      if (profile === null || typeof address !== 'string') return null;
      const { attributes, traits, language } = profile;
      return { email: address, attributes, traits, language };
    },
    async checkConsent(_id) {
      const found = await profiles.findOne({ _id }, { projection: { consents: 1 } });
      return found?.consents.email?.granted !== false;
    },
    async checkSuppression(address) {
      const hash = addressHash('email', canonicalAddress('email', address));
      return (await suppressions.findOne({ _id: `email|${hash}` })) !== null;
    },
    async render({ template: key, profile, properties }) {
      const template = await load(key);
      if (template === null) throw new Error('no such template');
      const rendered = renderMessage({
        template,
        channel: 'email',
        languages: [profile.language, 'en'],
        scope: templateScope({
          profile: { ...profile, cart: [] },
          entry: { kind: 'event', id: '', at: Date.now(), event: null, properties },
          entryKey: null,
          currency: 'USD',
          links: linksBeside('https://shop.example/v1/unsubscribe/token'),
        }),
      });
      if (!('content' in rendered)) throw new Error('not rendered');
      return rendered.content;
    },
    async reserveMessage({ messageId, profileId }) {
      const at = Date.now();
      const history = [{ status: 'sending', at }];
      const open = { status: 'sending', history, providerId: null, createdAt: at } as const;
      try {
        await ledger.insertOne({ _id: messageId, profileId, ...open });
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    async send({ messageId, to, content }) {
      const { providerId } = await email.send({ messageId, to, content, timeoutMs: TIMEOUT_MS });
      return providerId;
    },
    async recordResult({ messageId, providerId }) {
      await ledger.updateOne(
        { _id: messageId },
        {
          $set: { status: 'sent', providerId },
          $push: { history: { status: 'sent', at: Date.now() } },
        },
      );
    },
  };
}

/** A template is read each time and parsed once per revision. */
function cachedTemplates({
  collections,
}: Mongo): (key: string) => Promise<PreparedTemplate | null> {
  const parsed = new Map<string, PreparedTemplate>();
  return async (key) => {
    const stored = await collections.templates.findOne({ _id: key });
    if (stored === null) return null;
    const known = parsed.get(key);
    if (known?.revision === stored.revision) return known;
    const fresh = prepareTemplate(stored);
    parsed.set(key, fresh);
    return fresh;
  };
}
