import type { OutboundRules } from '#platform/outbound-address.ts';

/**
 * Where webhooks may go. In production only to public addresses by https, for whoever may make an
 * endpoint could else have Kairos call what only Kairos can reach; `isOpen` lets them go anywhere
 * but to machines' metadata.
 */
export function webhookRules(isOpen: boolean): OutboundRules {
  return {
    allowsHttp: isOpen,
    allowsPrivate: isOpen,
    purpose: 'which takes no webhooks',
    exception: 'KAIROS_ALLOW_INSECURE names webhooks',
  };
}
