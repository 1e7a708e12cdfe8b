import { z } from 'zod';
import type { WholeKairos } from '#test/support/whole-kairos.ts';
import { expectCount } from './row.ts';

/** What the inbox tells of a mail that SendGrid's interface accepted. */
const Page = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      to: z.string(),
      at: z.iso.datetime(),
      payload: z.object({
        personalizations: z
          .array(z.object({ custom_args: z.object({ kairos_message_id: z.string() }) }))
          .min(1),
      }),
    }),
  ),
  next: z.string().nullable(),
});

export interface Mail {
  to: string;
  /** Epoch ms of acceptance by the provider. */
  at: number;
  /** Our own message id, as it travelled with the mail. */
  messageId: string;
}

const PAGE = 1_000;

/** Every mail that the sandbox accepted at or after `since` (epoch ms), latest first. */
export async function mailsSince(kairos: WholeKairos, since: number): Promise<Mail[]> {
  const mails: Mail[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = `limit=${String(PAGE)}${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const page = Page.parse(await kairos.call('GET', `/sandbox/inbox?${query}`));
    for (const { to, at, payload } of page.data) {
      const instant = Date.parse(at);
      if (instant < since) return mails;
      const messageId = payload.personalizations[0]?.custom_args.kairos_message_id ?? '';
      mails.push({ to, at: instant, messageId });
    }
    cursor = page.next;
  }
  return mails;
}

/** Fails unless exactly `count` mails went out since then, each of them once. */
export async function expectMails(
  kairos: WholeKairos,
  since: number,
  count: number,
): Promise<Mail[]> {
  const mails = await mailsSince(kairos, since);
  expectCount('mails in the inbox', mails.length, count);
  expectCount('different mails', new Set(mails.map(({ messageId }) => messageId)).size, count);
  return mails;
}
