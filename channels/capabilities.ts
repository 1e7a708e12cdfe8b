import type { Capabilities } from '#channels/provider.ts';

/**
 * What may be relied on, provider by provider: the one table that senders, cascades and documents
 * read. Costs are rough list prices, good for comparing channels and for nothing else.
 */
export const CAPABILITIES = {
  sendgrid: {
    deliveryReceipts: true,
    // `processed` comes within seconds of acceptance.
    acceptanceReceipts: true,
    lookup: false,
    maxLength: null,
    costMicros: 1_000,
  },
  smtp: {
    deliveryReceipts: false,
    acceptanceReceipts: false,
    lookup: false,
    maxLength: null,
    costMicros: 100,
  },
  twilio: {
    deliveryReceipts: true,
    // `sent` may be hours away while Twilio queues for a busy number; its message list is asked.
    acceptanceReceipts: false,
    lookup: true,
    maxLength: 1_600,
    costMicros: 10_000,
  },
  fcm: {
    // From the app, through tracking: FCM itself sends none.
    deliveryReceipts: true,
    acceptanceReceipts: false,
    lookup: false,
    // FCM bounds the whole payload to 4096 bytes instead.
    maxLength: null,
    costMicros: 0,
  },
} as const satisfies Record<string, Capabilities>;
