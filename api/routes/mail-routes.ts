import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import { MAIL_CHECKS } from '#domain/mail/mail-check.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route } from '../route.ts';

const MailReply = z.object({
  from: z.string().describe('The sender, as MAIL_FROM has it.'),
  isSandbox: z.boolean().describe('A sandbox plays the provider: no mail goes anywhere.'),
  findings: z
    .array(
      z.object({
        check: z.enum(MAIL_CHECKS),
        status: z
          .enum(['ok', 'warning', 'fault', 'unknown'])
          .describe('`unknown`: DNS did not answer, or cannot tell.'),
        found: z.array(z.string()).describe('What DNS holds.'),
        put: z
          .object({ type: z.enum(['TXT', 'CNAME', 'MX']), name: z.string(), value: z.string() })
          .nullable()
          .describe('What it should hold; null: nothing is to be put there.'),
        why: z.string(),
      }),
    )
    .describe('In the order in which they are to be put right.'),
});
export type MailReply = z.infer<typeof MailReply>;

/** What DNS must hold so that mail arrives. */
export function mailRoutes({ mail }: Pick<AppDeps, 'mail'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/settings/mail',
      id: 'checkMail',
      tag: 'Support',
      summary: 'What DNS holds for the sender of mail, and what it must hold',
      description:
        'SPF, DKIM, DMARC, alignment, who takes mail, the return path. DNS is asked at each call and given 15 seconds. The same as a page for people: `/mail`.',
      scope: 'settings:read',
      status: 200,
      reply: MailReply,
      errors: ['conflict'],
      handle: async () => ({ body: await lookAtMail(mail) }),
    }),
  ];
}

/** Asks DNS now. @throws DomainError `conflict` where nobody is set as the sender */
export async function lookAtMail({
  sender,
  isSandbox,
  check,
}: AppDeps['mail']): Promise<MailReply> {
  if (sender === null) {
    throw new DomainError('conflict', 'MAIL_FROM holds no address: set it to the sender of mail.');
  }
  return { from: sender.from, isSandbox, findings: await check(sender.setup) };
}
