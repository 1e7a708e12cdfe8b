import express, { Router } from 'express';
import { MAIL_REPORTS } from '#channels/email/read-mail-report.ts';
import type { WebhookResult } from '../api-metrics.ts';
import { authorize, createKey } from '../auth.ts';
import type { AppDeps } from '../deps.ts';

const PATH = `/v1/webhooks/${MAIL_REPORTS}`;
/**
 * A report holds the mail that came back, whole at the worst: ours are below 100 KB, or mailbox
 * providers cut them off. Whatever is larger is no report.
 */
const MAIL_BYTES_MAX = 2 * 1024 * 1024;

/**
 * Mails that a mail server hands on as they come: reports of mails of ours that came back (RFC 3464)
 * and of people who called one spam (RFC 5965). Anything else is counted and forgotten. Nothing of a
 * mail is kept but what it says of a message; one that names none of ours by its code says nothing.
 */
export function createMailReportRouter(deps: AppDeps): Router {
  const { mail, metrics } = deps;
  const router = Router();
  const keys = mail.reportsKey === null ? [] : [createKey(MAIL_REPORTS, mail.reportsKey)];
  const raw = express.raw({ type: () => true, limit: MAIL_BYTES_MAX });
  router.post(
    PATH,
    (req, res, next) => {
      res.locals.route = PATH;
      try {
        authorize(keys, req.get('authorization'), []);
      } catch (error) {
        metrics.webhook(MAIL_REPORTS, 'refused');
        throw error;
      }
      next();
    },
    raw,
    async (req, res) => {
      let result: WebhookResult = 'refused';
      try {
        const receipt = await mail.readReport(
          Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0),
        );
        result = 'failed';
        const told =
          receipt === null ? { accepted: 0, ignored: 1 } : await deps.acceptReceipts([receipt]);
        metrics.receipts(MAIL_REPORTS, told);
        result = 'accepted';
      } finally {
        metrics.webhook(MAIL_REPORTS, result);
      }
      res.status(204).end();
    },
  );
  return router;
}
