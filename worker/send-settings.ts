import type { SendSettings } from '#activities/send-request.ts';
import { CONSENT_WHEN_UNKNOWN } from '#domain/message/gate.ts';
import type { Config } from '#platform/config.ts';
import { linkSecrets } from '#platform/signed-link.ts';

/** What the environment says of messages. */
export function sendSettings(environment: Config): SendSettings {
  return {
    consentWhenUnknown: CONSENT_WHEN_UNKNOWN,
    currency: environment.KAIROS_CURRENCY,
    defaultLanguage: environment.KAIROS_LANGUAGE,
    defaultZone: environment.KAIROS_ZONE,
    publicUrl: environment.KAIROS_PUBLIC_URL,
    trackingUrl: environment.KAIROS_TRACKING_URL ?? environment.KAIROS_PUBLIC_URL,
    linkHosts: environment.KAIROS_LINK_HOSTS,
    linkSecret: linkSecrets(environment).signing,
    receiptWaitMs: environment.KAIROS_RECEIPT_WAIT_S * 1_000,
    messagesKeptMs: environment.KAIROS_RUN_RETENTION,
  };
}
