import { randomBytes } from 'node:crypto';
import type { Collection, Db } from 'mongodb';
import { DomainError } from '#domain/errors.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import type { Webhook, WebhookEndpoint } from '#domain/webhook/endpoint.ts';
import type { GoogleAnalytics } from '#domain/webhook/google-analytics.ts';
import { newSecret } from './sign-webhook.ts';
import type { DisabledReason, EndpointState, StoredEndpoint } from './webhook-document.ts';

/** Every event is held against each of them, and each has a workflow while it is told things. */
const ENDPOINTS_MAX = 50;
/** How long a secret that was changed signs beside the new one, in ms. */
const ROTATION_MS = 24 * 60 * 60 * 1000;
/** Secrets in force at once; the specification sends all signatures in one header. */
const SECRETS_MAX = 3;
const ID_BYTES = 12;

/** What is kept of what somebody says. */
type EndpointSaid = Webhook | Omit<GoogleAnalytics, 'apiSecret'>;

export interface EndpointStore {
  /** @throws DomainError `conflict`: too many */
  create(said: WebhookEndpoint, now: number): Promise<StoredEndpoint>;
  find(id: string): Promise<StoredEndpoint | null>;
  list(request: PageRequest): Promise<Page<StoredEndpoint>>;
  /**
   * Null where there is none. @throws DomainError `conflict` where it is of another kind
   */
  change(id: string, said: WebhookEndpoint, now: number): Promise<StoredEndpoint | null>;
  /** Back to work, also after it was switched off. */
  resume(id: string, now: number): Promise<StoredEndpoint | null>;
  pause(id: string, now: number): Promise<StoredEndpoint | null>;
  /**
   * A new secret; the one before signs beside it for a day. @throws DomainError `conflict` where
   * the secret is another's
   */
  rotate(id: string, now: number): Promise<StoredEndpoint | null>;
  remove(id: string): Promise<boolean>;
  /** Those whose events are written down: paused ones too. */
  listening(): Promise<StoredEndpoint[]>;
  /** Something was taken. */
  noteTaken(id: string): Promise<void>;
  /** Nothing was taken, at `now`. */
  noteRefused(id: string, now: number): Promise<void>;
  /** True where it was on until now. */
  disable(id: string, reason: DisabledReason, now: number): Promise<boolean>;
}

const OFF = { disabledReason: null, disabledAt: null, failingSince: null };

export function createEndpointStore(db: Db): EndpointStore {
  const endpoints = db.collection<StoredEndpoint>('webhookEndpoints');
  const update = (id: string, set: Partial<EndpointState>): Promise<StoredEndpoint | null> =>
    endpoints.findOneAndUpdate(
      { _id: id },
      { $set: set, $inc: { revision: 1 } },
      { returnDocument: 'after' },
    );
  return {
    async create(said, now) {
      if ((await endpoints.countDocuments()) >= ENDPOINTS_MAX) {
        const detail = `There are ${String(ENDPOINTS_MAX)} webhook endpoints already.`;
        throw new DomainError('conflict', detail);
      }
      const { own, secret } = apart(said);
      const stored: StoredEndpoint = {
        _id: `whe_${randomBytes(ID_BYTES).toString('hex')}`,
        ...own,
        ...OFF,
        status: 'active',
        secrets: [{ secret: secret ?? newSecret(), until: null }],
        revision: 0,
        createdAt: now,
        updatedAt: now,
      };
      await endpoints.insertOne(stored);
      return stored;
    },
    find: (id) => endpoints.findOne({ _id: id }),
    async list({ limit, after }) {
      const read = await endpoints
        .find(after === null ? {} : { _id: { $gt: after.id } })
        .sort({ _id: 1 })
        .limit(limit + 1)
        .toArray();
      return pageOf(read, limit, ({ _id }) => ({ at: 0, id: _id }));
    },
    change: (id, said, now) => changeEndpoint(endpoints, id, said, now),
    resume: (id, now) => update(id, { ...OFF, status: 'active', updatedAt: now }),
    pause: (id, now) => update(id, { ...OFF, status: 'paused', updatedAt: now }),
    rotate: (id, now) => rotateSecret(endpoints, id, now),
    remove: async (id) => (await endpoints.deleteOne({ _id: id })).deletedCount === 1,
    listening: () => endpoints.find({ status: { $ne: 'disabled' } }).toArray(),
    async noteTaken(id) {
      await endpoints.updateOne({ _id: id }, { $set: { failingSince: null } });
    },
    async noteRefused(id, now) {
      await endpoints.updateOne({ _id: id, failingSince: null }, { $set: { failingSince: now } });
    },
    async disable(id, reason, now) {
      const done = await endpoints.updateOne(
        { _id: id, status: { $ne: 'disabled' } },
        {
          $set: { status: 'disabled', disabledReason: reason, disabledAt: now, updatedAt: now },
          $inc: { revision: 1 },
        },
      );
      return done.modifiedCount === 1;
    },
  };
}

/** What is said of an endpoint, and the secret that somebody else made for it. */
function apart(said: WebhookEndpoint): { own: EndpointSaid; secret: string | undefined } {
  if (said.kind !== 'googleAnalytics') return { own: said, secret: undefined };
  const { apiSecret: secret, ...own } = said;
  return { own, secret };
}

async function changeEndpoint(
  endpoints: Collection<StoredEndpoint>,
  id: string,
  said: WebhookEndpoint,
  now: number,
): Promise<StoredEndpoint | null> {
  const { own, secret } = apart(said);
  const isGoogle = said.kind === 'googleAnalytics';
  const changed = await endpoints.findOneAndUpdate(
    { _id: id, kind: isGoogle ? 'googleAnalytics' : { $ne: 'googleAnalytics' } },
    {
      $set: {
        ...own,
        ...(secret === undefined ? {} : { secrets: [{ secret, until: null }] }),
        updatedAt: now,
      },
      $inc: { revision: 1 },
    },
    { returnDocument: 'after' },
  );
  if (changed !== null || (await endpoints.findOne({ _id: id })) === null) return changed;
  throw new DomainError('conflict', 'An endpoint keeps its kind. Make another one.');
}

async function rotateSecret(
  endpoints: Collection<StoredEndpoint>,
  id: string,
  now: number,
): Promise<StoredEndpoint | null> {
  const known = await endpoints.findOne({ _id: id });
  if (known === null) return null;
  if (known.kind === 'googleAnalytics') {
    const detail = 'Google makes this secret: change the endpoint with it as `apiSecret`.';
    throw new DomainError('conflict', detail);
  }
  const before = known.secrets
    .map(({ secret, until }) => ({ secret, until: until ?? now + ROTATION_MS }))
    .filter(({ until }) => until > now);
  const secrets = [{ secret: newSecret(), until: null }, ...before].slice(0, SECRETS_MAX);
  // Of two who change it at once one is told to look again: both would be told a secret in force.
  const changed = await endpoints.findOneAndUpdate(
    { _id: id, revision: known.revision },
    { $set: { secrets, updatedAt: now }, $inc: { revision: 1 } },
    { returnDocument: 'after' },
  );
  if (changed !== null) return changed;
  throw new DomainError('conflict', 'The endpoint was just changed by somebody else. Repeat.');
}
