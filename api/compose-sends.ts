import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError, invalid, type Fault } from '#domain/errors.ts';
import { channelsNamed } from '#domain/sending/wanted-channels.ts';
import { listMessages } from '#messages/list-messages.ts';
import type { Clock } from '#platform/clock.ts';
import type { Mongo } from '#platform/mongo.ts';
import { createSendStore } from '#sends/send-store.ts';
import type { StoredSend } from '#sends/send-document.ts';
import { templateCollections } from '#templates/template-collections.ts';
import { KEY_OF_ANOTHER } from './idempotency.ts';
import { lackingChannels } from './lacking-channels.ts';
import type { SendOrder, SendsPort } from './sends-port.ts';
import type { TemporalPort } from './temporal-port.ts';

/**
 * An answer waits for Temporal no longer than this, in ms: the send is durable by then, and what
 * Temporal was not told of the worker starts within seconds.
 */
const TELL_WITHIN_MS = 500;
/** A cascade makes ten messages at most. */
const MESSAGES_MAX = 100;

interface Parts {
  mongo: Mongo;
  clock: Clock;
  temporal: Pick<TemporalPort, 'tellMessage'>;
}

export function composeSends({ mongo, clock, temporal }: Parts): { sends: SendsPort } {
  const sends = createSendStore(mongo, null);
  const tell = async (send: StoredSend): Promise<void> => {
    if (send.dueAt === undefined) return;
    await Promise.race([temporal.tellMessage(send), sleep(TELL_WITHIN_MS)]);
  };
  const port: SendsPort = {
    async repeated({ key, request }) {
      const send = key === undefined ? null : await sends.find(sendIdOf(key));
      if (send === null) return null;
      if (!request.fits(send.request)) throw invalid(KEY_OF_ANOTHER);
      await tell(send);
      return send;
    },
    async order({ asked, profileId, key, request }) {
      await checkTemplate(mongo, asked);
      const now = clock();
      const { template, data, channel, cascade, until } = asked;
      const wanted: StoredSend = {
        ...{ _id: sendIdOf(key ?? randomUUID()), profileId, template },
        ...(channel !== undefined && { channel }),
        ...(cascade !== undefined && { cascade }),
        ...(until !== undefined && { until }),
        ...{ data, request: request.made, createdAt: now, dueAt: now, rev: 0 },
      };
      const { send, isNew } = await sends.add(wanted);
      if (!request.fits(send.request)) throw invalid(KEY_OF_ANOTHER);
      await tell(send);
      return { send, isRepeat: !isNew };
    },
    async read(id) {
      const send = await sends.find(id);
      if (send === null) throw unknownSend();
      const asked = { limit: MESSAGES_MAX, after: null };
      const { rows } = await listMessages(mongo.collections, { runId: id }, asked);
      return { send, messages: [...rows].reverse() };
    },
  };
  return { sends: port };
}

function sendIdOf(key: string): string {
  return `send-${key}`;
}

function unknownSend(): DomainError {
  return new DomainError(
    'not-found',
    'There is no message with this id that POST /v1/messages was asked for. Those of journeys and campaigns are found by GET /v1/messages.',
  );
}

/** @throws DomainError `invalid` where content is lacking */
async function checkTemplate(mongo: Mongo, asked: SendOrder['asked']): Promise<void> {
  const { template: key } = asked;
  const stored = await mongo.collections.templates.findOne(
    { _id: key },
    { projection: { template: 1 } },
  );
  if (stored === null) {
    const draft = await templateCollections(mongo.db).drafts.findOne(
      { _id: key },
      { projection: { _id: 1 } },
    );
    throw invalid(UNSENDABLE, [{ pointer: '#/template', detail: noTemplate(key, draft !== null) }]);
  }
  const named = channelsNamed(asked);
  const lacking = lackingChannels(
    stored.template,
    named.map(({ channel }) => channel),
  );
  const faults = named
    .filter(({ channel }) => lacking.includes(channel))
    .map(({ channel, pointer }): Fault => {
      const detail = `The template "${key}" has no content for ${channel}, in no language.`;
      return { pointer, detail };
    });
  if (faults.length > 0) throw invalid(UNSENDABLE, faults);
}

const UNSENDABLE = 'The message cannot be sent like this.';

function noTemplate(key: string, isDraft: boolean): string {
  return isDraft
    ? `The template "${key}" is a draft that was never published: POST /v1/templates/${key}/publish.`
    : `There is no template "${key}". Make it first: PUT /v1/templates/${key}.`;
}
