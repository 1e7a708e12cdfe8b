import { factsOf } from '#domain/apply/work.ts';
import type { FoldSettings } from '#domain/apply/plan.ts';
import { evaluate } from '#domain/condition/evaluate.ts';
import type { Condition } from '#domain/condition/condition.ts';
import { reads } from '#domain/condition/reads.ts';
import type { Journey } from '#domain/journey/journey.ts';
import type { Effect, Receipt, SendOutcome } from '#domain/journey/run.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Channel } from '#domain/message/message.ts';
import { longestMs } from '#domain/time/duration.ts';
import { nextLocalTime } from '#domain/time/local-time.ts';
import type { EventStore } from '#events/event-store.ts';
import type { Withdrawal } from '#messages/withdraw-messages.ts';
import type { StoredRun } from '#platform/documents.ts';
import type { ProfileStore } from '#profiles/profile-store.ts';
import type { SendRequest } from './send-message.ts';

/** What a run may ask of the world: everything outside the pure engine. */
export interface RunWorld {
  person(profileId: string): Promise<Profile | null>;
  /** IANA zone of a customer whose own is unknown. */
  defaultZone: string;
  /** Index of the first case that holds for the customer now; -1 when none does. */
  decide(run: StoredRun, cases: readonly (Condition | null)[], now: number): Promise<number>;
  nextLocalTime(effect: Extract<Effect, { do: 'localTime' }>, zone: string, after: number): number;
  send(request: SendRequest): Promise<SendOutcome>;
  /** None of these messages that was not accepted yet may still go out. */
  withdraw(which: Withdrawal): Promise<void>;
  /** How far each message of this run has come by its receipts. */
  receipts(runId: string): Promise<{ messageId: string; receipt: Receipt }[]>;
  sendQueue(channel: Channel): string;
  /** The provider's rate is kept by its queue: no call of it may be made anywhere else. */
  isPaced(channel: Channel): boolean;
}

export interface WorldDeps {
  profiles: ProfileStore;
  events: EventStore;
  settings: FoldSettings;
  send: RunWorld['send'];
  withdraw: RunWorld['withdraw'];
  receipts: RunWorld['receipts'];
  sendQueue: RunWorld['sendQueue'];
  isPaced: RunWorld['isPaced'];
}

export function createRunWorld(deps: WorldDeps): RunWorld {
  const { profiles, events, settings } = deps;
  return {
    send: deps.send,
    withdraw: deps.withdraw,
    receipts: deps.receipts,
    sendQueue: deps.sendQueue,
    isPaced: deps.isPaced,
    person: (profileId) => profiles.follow(profileId),
    defaultZone: settings.defaultZone,
    async decide(run, cases, now) {
      const profile = await profiles.follow(run.profileId);
      if (profile === null) return -1;
      const asked = new Map<string, number>();
      for (const { name, since } of cases.flatMap((one) =>
        one === null ? [] : reads(one).events,
      )) {
        const from = since === null ? 0 : now - longestMs(since);
        asked.set(name, Math.min(asked.get(name) ?? from, from));
      }
      const past = await events.past([profile._id], asked);
      const byName = past.get(profile._id);
      const facts = {
        ...factsOf(profile, (name) => byName?.get(name) ?? [], settings),
        context: { entry: { properties: run.entry.properties } },
      };
      return cases.findIndex((one) => one === null || evaluate(one, facts, now).holds);
    },
    nextLocalTime: ({ time, weekday }, zone, after) =>
      nextLocalTime({ time, ...(weekday === undefined ? {} : { weekday }) }, zone, after),
  };
}

/** The cases of the branch at a step, in order; null is `else`. */
export function casesOf(journey: Journey, stepId: string): (Condition | null)[] {
  const step = Object.hasOwn(journey.steps, stepId) ? journey.steps[stepId] : undefined;
  if (step === undefined || !('branch' in step)) return [];
  return step.branch.map((one) => ('when' in one ? one.when : null));
}
