import type { Channel, MessageReason } from '#domain/message/message.ts';

/** What the gate knows of one message at the moment it would go out. */
export interface GateFacts {
  /** The person asked to be forgotten, or there is no such person any more. */
  erased: boolean;
  /** The run it belongs to has ended. */
  runEnded: boolean;
  /** It went out before. */
  alreadySent: boolean;
  hasAddress: boolean;
  /** The address bounced, complained or opted out: nobody may be reached at it. */
  suppressed: boolean;
  kind: 'marketing' | 'transactional';
  /** What the person said about this channel; null if they never did. */
  consent: { granted: boolean } | null;
  consentWhenUnknown: 'allow' | 'deny';
}

/** What silence about consent means where the shop set nothing else, by channel. */
export const CONSENT_WHEN_UNKNOWN: Readonly<Record<Channel, 'allow' | 'deny'>> = {
  email: 'allow',
  push: 'allow',
  'web-push': 'allow',
  sms: 'deny',
  viber: 'deny',
};

export type GateAnswer =
  | { send: true }
  | { suppressed: MessageReason }
  /** Neither sent nor suppressed now: what became of it is in the ledger. */
  | { alreadySent: true };

/**
 * The one gate that every message passes at the moment of sending. The first rule that speaks
 * decides, from what can never be overruled to what is a matter of taste.
 *
 * Consent is about marketing: a marketing message to somebody who refused its channel is always
 * suppressed, whatever the setting for unknown consent says. A transactional message (a receipt, a
 * reset password) needs no consent, so neither silence nor a refusal holds it back; only a
 * suppressed address does.
 */
export function decide(facts: GateFacts): GateAnswer {
  if (facts.alreadySent) return { alreadySent: true };
  if (facts.erased) return { suppressed: 'erased' };
  if (facts.runEnded) return { suppressed: 'runEnded' };
  if (facts.kind === 'marketing' && facts.consent?.granted === false) {
    return { suppressed: 'noConsent' };
  }
  if (!facts.hasAddress) return { suppressed: 'noAddress' };
  if (facts.suppressed) return { suppressed: 'suppressed' };
  if (facts.kind === 'marketing' && !consents(facts)) return { suppressed: 'noConsent' };
  return { send: true };
}

function consents({ consent, consentWhenUnknown }: GateFacts): boolean {
  return consent === null ? consentWhenUnknown === 'allow' : consent.granted;
}
