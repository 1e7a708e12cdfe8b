import express, { Router, type RequestHandler } from 'express';
import type { ReadReceipts } from '#channels/provider-kind.ts';
import type { WebhookResult } from '../api-metrics.ts';
import type { AppDeps } from '../deps.ts';

/** SendGrid posts batches of events: well under this; more is nobody's receipt. */
const WEBHOOK_BYTES_MAX = 2 * 1024 * 1024;

/**
 * Receipts of providers. The signature is over the bytes as they came, so nothing parses them
 * before. Without a right signature nothing changes (403); when the receipts cannot be made durable
 * the answer is 503, and the provider repeats.
 */
export function createWebhookRouter(deps: AppDeps): Router {
  const router = Router();
  const raw = express.raw({ type: () => true, limit: WEBHOOK_BYTES_MAX });
  for (const [provider, read] of Object.entries(deps.webhooks)) {
    router.post(`/v1/webhooks/${provider}`, raw, receive(deps, provider, read));
  }
  return router;
}

function receive(deps: AppDeps, provider: string, read: ReadReceipts): RequestHandler {
  const { metrics } = deps;
  return async (req, res) => {
    res.locals.route = `/v1/webhooks/${provider}`;
    let result: WebhookResult = 'refused';
    try {
      const receipts = read({
        headers: req.headers,
        rawBody: Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0),
        target: req.originalUrl,
        receivedAt: deps.clock(),
      });
      result = 'failed';
      if (receipts.length > 0) metrics.receipts(provider, await deps.acceptReceipts(receipts));
      result = 'accepted';
    } finally {
      metrics.webhook(provider, result);
    }
    res.status(204).end();
  };
}
