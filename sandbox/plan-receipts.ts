import type { CarriedChannel } from '#domain/message/message.ts';
import type { Rule } from '#sandbox/rules.ts';

/** A receipt as the provider (for push: the phone) names it, and when it is due in epoch ms. */
export interface PlannedReceipt {
  name: string;
  due: number;
}

/** How soon a message arrives where no rule says otherwise: after the answer, yet at once. */
const DELIVERY_MS = 50;
/** Between delivered, opened and clicked, so that they never come in another order. */
const STEP_MS = 25;

/** What follows the provider's own "accepted" receipt, by outcome; a word missing means `deliver`. */
const AFTER_ACCEPTANCE: Record<CarriedChannel, Record<string, string[]>> = {
  email: {
    deliver: ['delivered'],
    open: ['delivered', 'open'],
    click: ['delivered', 'open', 'click'],
    bounce: ['bounce'],
    optOut: ['dropped'],
    spam: ['delivered', 'spamreport'],
    unsubscribe: ['delivered', 'open', 'unsubscribe'],
  },
  sms: { deliver: ['delivered'], bounce: ['undelivered'] },
  push: {
    deliver: ['received'],
    open: ['received', 'tapped'],
    click: ['received', 'tapped'],
  },
  'web-push': {
    deliver: ['shown'],
    open: ['shown', 'tapped'],
    click: ['shown', 'tapped'],
  },
  viber: {
    deliver: ['delivered'],
    open: ['delivered', 'seen'],
    // Viber tells nobody of clicks.
    click: ['delivered', 'seen'],
    bounce: ['undelivered'],
  },
};

const ACCEPTANCE: Record<CarriedChannel, string[]> = {
  email: ['processed'],
  sms: ['sent'],
  push: [],
  'web-push': [],
  viber: [],
};

/** All receipts of a message accepted at `at` under this rule. */
export function planReceipts(channel: CarriedChannel, rule: Rule, at: number): PlannedReceipt[] {
  if (rule.outcome === 'silent') return [];
  // The delay of `slow` is the answer's: its receipts come as for `deliver`.
  const delay = rule.outcome === 'slow' ? DELIVERY_MS : (rule.afterMs ?? DELIVERY_MS);
  const table = AFTER_ACCEPTANCE[channel];
  const names = table[rule.outcome] ?? table.deliver ?? [];
  return [
    ...ACCEPTANCE[channel].map((name) => ({ name, due: at })),
    ...names.map((name, index) => ({ name, due: at + delay + index * STEP_MS })),
  ];
}

/** What the inbox shows of a message once a receipt of this name is due. */
const STATUS_AFTER: Record<string, string> = {
  delivered: 'delivered',
  received: 'delivered',
  shown: 'delivered',
  open: 'opened',
  tapped: 'opened',
  seen: 'opened',
  click: 'clicked',
  bounce: 'bounced',
  dropped: 'bounced',
  undelivered: 'bounced',
};

/** The inbox's word for a message at an instant: accepted, delivered, opened, clicked, bounced. */
export function statusAt(receipts: readonly PlannedReceipt[], now: number): string {
  let status = 'accepted';
  for (const { name, due } of receipts) {
    if (due <= now) status = STATUS_AFTER[name] ?? status;
  }
  return status;
}
