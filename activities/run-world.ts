import type { Journey } from '#domain/journey/journey.ts';
import type { Case } from '#domain/journey/steps/branch.ts';
import type { Effect, Receipt, SendOutcome } from '#domain/journey/run.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Channel } from '#domain/message/message.ts';
import type { ChannelCosts } from '#domain/message/saved-by.ts';
import { nextLocalTime } from '#domain/time/local-time.ts';
import type { ProfileStore } from '#profiles/profile-store.ts';
import { createDecideBranch, type DecideBranch, type DecideDeps } from './decide-branch.ts';
import type { SendRequest } from './send-message.ts';
import type { Leaving } from './withdraw-messages.ts';

/** What a run may ask of the world: everything outside the pure engine. */
export interface RunWorld {
  person(profileId: string): Promise<Profile | null>;
  /** IANA zone of a customer whose own is unknown. */
  defaultZone: string;
  decide: DecideBranch;
  nextLocalTime(effect: Extract<Effect, { do: 'localTime' }>, zone: string, after: number): number;
  send(request: SendRequest): Promise<SendOutcome>;
  /** None of these messages that was not accepted yet may still go out. */
  withdraw(which: Leaving): Promise<void>;
  /** How far each message of this run has come by its receipts. */
  receipts(runId: string): Promise<{ messageId: string; receipt: Receipt }[]>;
  /** The queue of the provider that would be called for this message now. */
  sendQueue(channel: Channel, messageId: string): Promise<string>;
  /** The provider's rate is kept by its queue: no call of it may be made anywhere else. */
  isPaced(channel: Channel): boolean;
  /** What one message costs, by channel; unset: what a cascade saved is not reckoned. */
  costs?: ChannelCosts;
}

export interface WorldDeps extends DecideDeps {
  profiles: ProfileStore;
  send: RunWorld['send'];
  withdraw: RunWorld['withdraw'];
  receipts: RunWorld['receipts'];
  sendQueue: RunWorld['sendQueue'];
  isPaced: RunWorld['isPaced'];
  costs?: ChannelCosts;
}

export function createRunWorld(deps: WorldDeps): RunWorld {
  const { profiles, settings } = deps;
  return {
    send: deps.send,
    withdraw: deps.withdraw,
    receipts: deps.receipts,
    sendQueue: deps.sendQueue,
    isPaced: deps.isPaced,
    ...(deps.costs && { costs: deps.costs }),
    person: (profileId) => profiles.follow(profileId),
    defaultZone: settings.defaultZone,
    decide: createDecideBranch(deps),
    nextLocalTime: ({ time, weekday }, zone, after) =>
      nextLocalTime({ time, ...(weekday === undefined ? {} : { weekday }) }, zone, after),
  };
}

/** The cases of the branch at a step, in order; null is `else`. */
export function casesOf(journey: Journey, stepId: string): (Case | null)[] {
  const step = Object.hasOwn(journey.steps, stepId) ? journey.steps[stepId] : undefined;
  if (step === undefined || !('branch' in step)) return [];
  return step.branch.map((one) => ('when' in one ? one : null));
}
