import { isHeldOut } from '#domain/message/gate/holdout.ts';
import { wantsChannel, wantsTopic } from '#domain/message/gate/gate-rules.ts';
import { mayGo, type TimingFacts } from '#domain/message/gate/may-go.ts';
import type { JsonObject } from '#domain/json.ts';
import type { Channel, MessageReason } from '#domain/message/message.ts';

/** What the gate knows of one message at the moment it would go out. */
export interface GateFacts extends TimingFacts {
  profileId: string;
  /** The person asked to be forgotten, or there is no such person any more. */
  erased: boolean;
  /** The run it belongs to has ended. */
  runEnded: boolean;
  hasAddress: boolean;
  /** What nobody may be sent at the address; null: it is on no list. */
  suppressed: SuppressionScope | null;
  kind: 'marketing' | 'transactional';
  /** What it is about, as its template says. */
  topic: string | null;
  /** What the person said about this channel; null if they never did. */
  consent: { granted: boolean; pending?: true } | null;
  consentWhenUnknown: 'allow' | 'deny';
  /** The person has bought what it is for. */
  bought: boolean;
  /** How often the person has got it before, and how often is enough; null: that is not asked. */
  seen: { times: number; max: number } | null;
}

/** `all`: nothing goes to the address. `marketing`: what must be told still does. */
export type SuppressionScope = 'all' | 'marketing';

/** What silence about consent means where the shop set nothing else, by channel. */
export const CONSENT_WHEN_UNKNOWN: Readonly<Record<Channel, 'allow' | 'deny'>> = {
  email: 'allow',
  push: 'allow',
  'web-push': 'allow',
  sms: 'deny',
  viber: 'deny',
  'in-app': 'allow',
  inbox: 'allow',
  widget: 'allow',
};

export type GateAnswer =
  | { send: true }
  | { suppressed: MessageReason; details?: JsonObject }
  /** Not now: it is asked again at `until` (epoch ms). */
  | { hold: { until: number; reason: MessageReason; details: JsonObject } };

/**
 * The one gate that every message passes at the moment of sending. The first rule that speaks
 * decides, from what can never be overruled to what is a matter of taste; docs/gate.md has them in
 * this order.
 *
 * Consent and everything after it is about marketing: a marketing message to somebody who refused
 * its channel is always suppressed, whatever the setting for unknown consent says. A transactional
 * message (a receipt, a reset password) needs no consent, is subject to no wish, holdout, hour or
 * cap, and counts for none; only an address at which nothing may be sent holds it back.
 */
export function decide(facts: GateFacts): GateAnswer {
  if (facts.erased) return { suppressed: 'erased' };
  if (facts.runEnded) return { suppressed: 'runEnded' };
  const isMarketing = facts.kind === 'marketing';
  if (isMarketing && facts.consent?.granted === false) return notAgreed(facts.consent);
  if (!facts.hasAddress) return { suppressed: 'noAddress' };
  if (facts.suppressed === 'all' || (isMarketing && facts.suppressed !== null)) {
    return { suppressed: 'suppressed', details: { scope: facts.suppressed } };
  }
  return isMarketing ? decideMarketing(facts) : { send: true };
}

/** What was asked for and not confirmed is no consent, and support is told which of the two it is. */
function notAgreed({ pending }: NonNullable<GateFacts['consent']>): GateAnswer {
  if (pending !== true) return { suppressed: 'noConsent' };
  return { suppressed: 'noConsent', details: { pending } };
}

function decideMarketing(facts: GateFacts): GateAnswer {
  if (!consents(facts)) return { suppressed: 'noConsent' };
  const unwanted = unwantedOf(facts);
  if (unwanted !== null) return { suppressed: 'preference', details: { wish: unwanted } };
  const heldOut = holdoutOf(facts);
  if (heldOut !== null) return { suppressed: 'holdout', details: { of: heldOut } };
  if (facts.bought) return { suppressed: 'alreadyBought' };
  const { seen } = facts;
  if (seen !== null && seen.times >= seen.max) {
    return { suppressed: 'seenEnough', details: { ...seen } };
  }
  const timing = mayGo(facts);
  if ('go' in timing) return { send: true };
  if ('hold' in timing) return timing;
  return { suppressed: timing.skip.reason, details: timing.skip.details };
}

function consents({ consent, consentWhenUnknown }: GateFacts): boolean {
  return consent === null ? consentWhenUnknown === 'allow' : consent.granted;
}

function unwantedOf({ wishes, channel, topic }: GateFacts): 'channels' | 'topics' | null {
  if (!wantsChannel(wishes, channel)) return 'channels';
  return wantsTopic(wishes, topic) ? null : 'topics';
}

function holdoutOf({ rules, profileId, journey }: GateFacts): 'shop' | 'journey' | null {
  if (isHeldOut(profileId, rules.holdoutPercent)) return 'shop';
  return isHeldOut(profileId, rules.journeyHoldoutPercent, journey) ? 'journey' : null;
}
