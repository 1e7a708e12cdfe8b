import { z } from 'zod';
import { CARRIED_CHANNELS, type CarriedChannel } from '#domain/message/message.ts';

export const OUTCOMES = [
  'deliver',
  'open',
  'click',
  'bounce',
  'silent',
  'reject',
  'error',
  'rateLimit',
  'slow',
  'lostReply',
  'optOut',
  'spam',
  'unsubscribe',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A day: a receipt further away than that is of no use in a sandbox. */
const AFTER_MS_MAX = 86_400_000;
/** Rules are looked up by address, so that many cost nothing but memory. */
const RULES_MAX = 10_000;

/** How messages to one address end. Without `to`: those of the whole channel that no rule names. */
export const Rule = z.strictObject({
  channel: z.enum(CARRIED_CHANNELS),
  to: z.string().min(1).max(4096).optional(),
  /** Holds for this provider of the channel alone, so that another may stand in for it. */
  provider: z.string().min(1).max(64).optional(),
  outcome: z.enum(OUTCOMES),
  /** Delays the receipt; for `slow` the answer. */
  afterMs: z.number().int().min(0).max(AFTER_MS_MAX).optional(),
});
export type Rule = z.infer<typeof Rule>;
export const RuleList = z.array(Rule).max(RULES_MAX);

/** E-mail addresses are compared without regard to case, numbers and tokens as they are. */
export function addressKey(channel: CarriedChannel, to: string): string {
  return `${channel} ${channel === 'email' ? to.toLowerCase() : to}`;
}

function ofProvider(key: string, provider = ''): string {
  return `${provider} ${key}`;
}

/** The rules in force. */
export class Rules {
  private list: Rule[] = [];
  private byAddress = new Map<string, Rule>();
  private byChannel = new Map<string, Rule>();

  replace(list: Rule[]): void {
    this.list = list;
    this.byAddress = new Map();
    this.byChannel = new Map();
    for (const rule of list) {
      const { channel, to, provider } = rule;
      if (to === undefined) this.byChannel.set(ofProvider(channel, provider), rule);
      else this.byAddress.set(ofProvider(addressKey(channel, to), provider), rule);
    }
  }

  all(): Rule[] {
    return this.list;
  }

  /**
   * The last rule that names the address wins, then the channel's own, then `deliver`; of each the
   * one that names the provider goes before the one that names none.
   */
  for(channel: CarriedChannel, to: string, provider: string): Rule {
    const address = addressKey(channel, to);
    return (
      this.byAddress.get(ofProvider(address, provider)) ??
      this.byAddress.get(ofProvider(address)) ??
      this.byChannel.get(ofProvider(channel, provider)) ??
      this.byChannel.get(ofProvider(channel)) ?? { channel, outcome: 'deliver' }
    );
  }
}
