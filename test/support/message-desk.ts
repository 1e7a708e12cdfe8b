import type { MessageView } from './views.ts';
import type { WholeKairos } from './whole-kairos.ts';

/** A message, or a cascade, that was asked for by itself. */
export interface SendReply {
  id: string;
  status: string;
  reason: string | null;
  nextAt: string | null;
  messages: MessageView[];
}

/** After these it may still become another. */
const NOT_YET = new Set(['pending', 'sent', 'unknown']);

interface Accepted {
  id: string;
  status: string;
  /** Where it is read. */
  location: string | null;
  isReplayed: boolean;
}

/** What tests do with messages of their own by the API; `kairos` is asked for when it is needed. */
export function messageDesk(kairos: () => WholeKairos) {
  const read = (id: string): Promise<SendReply> =>
    kairos().call<SendReply>('GET', `/v1/messages/${id}`);
  return {
    read,
    /** Asks for one; throws with the problem unless it is accepted. */
    send: async (body: object, key?: string): Promise<Accepted> => {
      const answer = await fetch(`${kairos().url}/v1/messages`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${kairos().environment.KAIROS_ADMIN_KEY ?? ''}`,
          'content-type': 'application/json',
          ...(key !== undefined && { 'idempotency-key': key }),
        },
        body: JSON.stringify(body),
      });
      const text = await answer.text();
      if (answer.status !== 202) throw new Error(`${String(answer.status)} ${text}`);
      const { id, status } = JSON.parse(text) as Pick<Accepted, 'id' | 'status'>;
      const { headers } = answer;
      const isReplayed = headers.get('idempotency-replayed') === 'true';
      return { id, status, location: headers.get('location'), isReplayed };
    },
    /** Waits until it has come to a status. */
    ended: (id: string, status: string, withinMs?: number): Promise<SendReply> =>
      kairos().until(
        `${id} to be ${status}`,
        async () => {
          const now = await read(id);
          if (now.status === status) return now;
          if (!NOT_YET.has(now.status)) throw new Error(`${id}: ${JSON.stringify(now)}`);
          return null;
        },
        withinMs,
      ),
  };
}
