import type { WholeKairos } from './whole-kairos.ts';

export interface CampaignReply {
  status: string;
  pausedFor: string | null;
  endedAt: string | null;
  audience: number;
  counts: Record<string, number>;
  reasons: Record<string, Record<string, number>>;
  progress: { ended: number; perMinute: number; secondsLeft: number | null };
  experiment: {
    winner: string | null;
    results: { variant: string; sent: number; opened: number }[];
  } | null;
  resend: { audience: number; counts: Record<string, number> } | null;
}

/** A killed worker's calls are resolved after its heartbeat and the wait for receipts. */
const PATIENCE_MS = 100_000;

/** One mail of a campaign, as the provider took it. */
export interface CampaignMail {
  to: string;
  messageId: string;
}

interface Accepted {
  data: {
    to: string;
    channel: string;
    payload: { personalizations?: { custom_args?: { kairos_message_id?: string } }[] };
  }[];
  next: string | null;
}

/** What tests do with campaigns by the API; `kairos` is asked for when it is needed. */
export function campaignDesk(kairos: () => WholeKairos) {
  const read = (key: string): Promise<CampaignReply> =>
    kairos().call<CampaignReply>('GET', `/v1/campaigns/${key}`);
  const until = (
    what: string,
    key: string,
    isSo: (now: CampaignReply) => boolean,
  ): Promise<CampaignReply> =>
    kairos().until(
      `${key}: ${what}`,
      async () => {
        const now = await read(key);
        // At every look, whatever is going on.
        const sum = Object.values(now.counts).reduce((total, count) => total + count, 0);
        const isRight = sum === now.audience && Object.values(now.counts).every((one) => one >= 0);
        if (!isRight) throw new Error(`${key}: ${JSON.stringify(now.counts)}`);
        return isSo(now) ? now : null;
      },
      PATIENCE_MS,
    );
  return {
    read,
    until,
    async begin(key: string, definition: object): Promise<void> {
      await kairos().call('POST', '/v1/campaigns', { key, name: key, ...definition });
      await kairos().call('POST', `/v1/campaigns/${key}/start`);
    },
    order: (key: string, order: string): Promise<CampaignReply> =>
      kairos().call<CampaignReply>('POST', `/v1/campaigns/${key}/${order}`),
    done: (key: string): Promise<CampaignReply> =>
      until('done', key, ({ status }) => status === 'done'),
    /** Mails that the provider took for a campaign; for its second message with `:resend`. */
    async mails(key: string): Promise<CampaignMail[]> {
      const mails: CampaignMail[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const page: Accepted = await kairos().call('GET', `/sandbox/inbox?limit=1000${query}`);
        for (const { to, payload } of page.data) {
          const messageId = payload.personalizations?.[0]?.custom_args?.kairos_message_id ?? '';
          if (messageId.startsWith(`campaign:${key}:`)) mails.push({ to, messageId });
        }
        cursor = page.next;
      }
      return mails;
    },
  };
}
