import { isBought } from '#domain/message/gate/bought.ts';
import { gateRules, wishesIn } from '#domain/message/gate/gate-rules.ts';
import type { GateFacts } from '#domain/message/gate.ts';
import { NO_SLOTS } from '#domain/message/gate/slots.ts';
import { confirmed } from '#domain/consent/double-opt-in.ts';
import { scopeFor, type AddressStanding } from '#domain/message/suppression.ts';
import type { Consent, Profile } from '#domain/profile/profile.ts';
import type { PreparedTemplate } from '#templates/prepare-template.ts';
import type { SendDeps, SendReads, SendRequest } from './send-request.ts';

/** What of a send the gate's facts are read by. */
interface GateCall {
  deps: Pick<SendDeps, 'gateSettings' | 'orders' | 'settings' | 'clock'>;
  reads: Pick<SendReads, 'timesSent'>;
  request: Pick<
    SendRequest,
    'messageId' | 'journey' | 'channel' | 'template' | 'gate' | 'heldSince' | 'unless'
  >;
}

/** What was read of one message that is about to go out. */
interface Read {
  profile: Profile;
  template: PreparedTemplate;
  runEnded: boolean;
  hasAddress: boolean;
  /** What stands against the address; null: nothing. */
  standing: AddressStanding | null;
}

/** What the gate goes by, as it is at this moment, but for the slots, which are read as one takes them. */
export async function gateFacts(call: GateCall, read: Read): Promise<GateFacts> {
  const { deps, request } = call;
  const { profile, template, runEnded, hasAddress, standing } = read;
  const { channel, journey, messageId } = request;
  const [settings, bought, seen] = await Promise.all([
    deps.gateSettings(),
    hasBought(call, profile._id),
    timesSeen(call, profile._id),
  ]);
  const { defaultZone, consentWhenUnknown } = deps.settings;
  const isDouble = settings.doubleOptIn.includes(channel);
  const consent = confirmed(consentTo(profile, channel), isDouble);
  const unknown = settings.consentWhenUnknown[channel] ?? consentWhenUnknown[channel];
  return {
    ...{ messageId, channel, journey, profileId: profile._id },
    at: deps.clock(),
    zone: profile.zone ?? defaultZone,
    erased: profile.erasedAt !== null,
    runEnded,
    hasAddress,
    suppressed: scopeFor(standing, consent),
    kind: template.kind,
    topic: template.topic,
    consent,
    consentWhenUnknown: isDouble ? 'deny' : unknown,
    wishes: wishesIn(profile.preferences?.values),
    rules: gateRules(settings, request.gate),
    ...{ bought, seen },
    slots: NO_SLOTS,
    heldSince: request.heldSince ?? null,
  };
}

function consentTo(profile: Profile, channel: string): Consent | null {
  return Object.hasOwn(profile.consents, channel) ? (profile.consents[channel] ?? null) : null;
}

/** Read only where the step asks, as the next. */
async function hasBought({ deps, request }: GateCall, profileId: string): Promise<boolean> {
  const { bought, since } = request.unless ?? {};
  if (bought === undefined || since === undefined) return false;
  return isBought(await deps.orders(profileId, since), bought);
}

async function timesSeen(
  { reads, request }: GateCall,
  profileId: string,
): Promise<GateFacts['seen']> {
  const { seen: max, since } = request.unless ?? {};
  if (max === undefined || since === undefined) return null;
  const { template, messageId } = request;
  return { times: await reads.timesSent({ profileId, template, since, messageId, max }), max };
}
