import type { Journey } from '#domain/journey/journey.ts';
import type { Case } from '#domain/journey/steps/branch.ts';
import type { Effect, Receipt, SendOutcome } from '#domain/journey/run.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Channel } from '#domain/message/message.ts';
import { nextLocalTime } from '#domain/time/local-time.ts';
import type { ProfileStore } from '#profiles/profile-store.ts';
import type { CallStep } from './call-step.ts';
import { createDecideBranch, type DecideBranch, type DecideDeps } from './decide-branch.ts';
import type { ReckonSaved } from './reckon-saved.ts';
import type { SendRequest } from './send-message.ts';
import type { TaskDesk } from './task-desk.ts';
import type { Leaving } from './withdraw-messages.ts';

/** What a run may ask of the world: everything outside the pure engine. */
export interface RunWorld {
  person(profileId: string): Promise<Profile | null>;
  /** IANA zone of a customer whose own is unknown. */
  defaultZone: string;
  decide: DecideBranch;
  nextLocalTime(effect: Extract<Effect, { do: 'localTime' }>, zone: string, after: number): number;
  send(request: SendRequest): Promise<SendOutcome>;
  /** Calls the webhook of a step once. */
  call: CallStep;
  /** Makes the task of a step, or tells what became of it. */
  task: TaskDesk['task'];
  /** None of these messages that was not accepted yet may still go out. */
  withdraw(which: Leaving): Promise<void>;
  /** How far each message of this run has come by its receipts. */
  receipts(runId: string): Promise<{ messageId: string; receipt: Receipt }[]>;
  /**
   * The queue of the provider that would be called for this message now. `template`: what it says;
   * absent: it goes with all others, whatever it says.
   */
  sendQueue(channel: Channel, messageId: string, template?: string): Promise<string>;
  /** The provider's rate is kept by its queue: no call of it may be made anywhere else. */
  isPaced(channel: Channel): boolean;
  /** What messages would have cost that were not needed; unset: that is not reckoned. */
  reckonSaved?: ReckonSaved;
}

export interface WorldDeps extends DecideDeps {
  profiles: ProfileStore;
  send: RunWorld['send'];
  call: RunWorld['call'];
  task: RunWorld['task'];
  withdraw: RunWorld['withdraw'];
  receipts: RunWorld['receipts'];
  sendQueue: RunWorld['sendQueue'];
  isPaced: RunWorld['isPaced'];
  reckonSaved?: ReckonSaved;
}

export function createRunWorld(deps: WorldDeps): RunWorld {
  const { profiles, settings } = deps;
  return {
    send: deps.send,
    call: deps.call,
    task: deps.task,
    withdraw: deps.withdraw,
    receipts: deps.receipts,
    sendQueue: deps.sendQueue,
    isPaced: deps.isPaced,
    ...(deps.reckonSaved && { reckonSaved: deps.reckonSaved }),
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
