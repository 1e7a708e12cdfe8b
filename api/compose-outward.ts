import { createExportKeys } from '#exports/export-keys.ts';
import { createExportStore } from '#exports/export-store.ts';
import { createOpenExport } from '#exports/open-export.ts';
import { allowsPrivateWebhooks } from '#platform/production-config.ts';
import { createDeliveryStore } from '#webhooks/delivery-store.ts';
import { createEndpointStore } from '#webhooks/endpoint-store.ts';
import { createPostWebhook } from '#webhooks/post-webhook.ts';
import { webhookRules } from '#webhooks/webhook-rules.ts';
import { composeMail } from './compose-mail.ts';
import type { AppDeps } from './deps.ts';
import type { TemporalPort } from './temporal-port.ts';

interface OutwardParts extends Pick<AppDeps, 'config' | 'mongo' | 'clock'> {
  env: Readonly<Record<string, string | undefined>>;
  temporal: Pick<TemporalPort, 'wakeWebhooks'>;
}

/** Puts together what goes out to others: files, what webhooks are told, and how mail goes. */
export function composeOutward(
  parts: OutwardParts,
): Pick<AppDeps, 'exports' | 'endpoints' | 'mail' | 'callLink'> {
  const { config, env, mongo, temporal, clock } = parts;
  const { db, collections } = mongo;
  const rules = webhookRules(allowsPrivateWebhooks(config, env));
  // A template may well lead to a page without TLS, and calling it tells nobody anything.
  const callPage = createPostWebhook({ ...rules, allowsHttp: true }, clock);
  return {
    callLink: ({ url, method, signal }) =>
      callPage({ url, method, signal, body: '', headers: { 'user-agent': 'Kairos-Links/1' } }),
    mail: composeMail(parts),
    exports: {
      open: createOpenExport(createExportStore(collections, db), {
        currency: config.KAIROS_CURRENCY,
        clock,
      }),
      keys: createExportKeys(db, clock),
    },
    endpoints: {
      store: createEndpointStore(db),
      deliveries: createDeliveryStore(db),
      rules,
      post: createPostWebhook(rules, clock),
      wake: (endpoint) => temporal.wakeWebhooks({ endpoint }),
    },
  };
}
