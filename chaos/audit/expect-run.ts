import { factsOf } from '#domain/apply/work.ts';
import { runEvent } from '#domain/apply/enter.ts';
import { evaluate } from '#domain/condition/evaluate.ts';
import type { Journey } from '#domain/journey/journey.ts';
import { goalMatches } from '#domain/journey/match-entry.ts';
import type { Effect } from '#domain/journey/run.ts';
import { type Script, type SendReply, walk, type Walk } from '#domain/journey/simulate-run.ts';
import { addressOf } from '#domain/message/address.ts';
import { decide } from '#domain/message/gate.ts';
import { gateRules, wishesIn } from '#domain/message/gate/gate-rules.ts';
import { NO_GATE_SETTINGS } from '#domain/message/gate/gate-settings.ts';
import { NO_SLOTS } from '#domain/message/gate/slots.ts';
import { isSiteChannel, type Channel } from '#domain/message/message.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Customer, Trouble } from '#chaos/shop/customer.ts';
import { type DueRun, type Folded, LIVE, SETTINGS, type Told } from './fold-customer.ts';

type SendEffect = Extract<Effect, { do: 'send' }>;

/** How an address answers, or why nothing is to be sent to it. */
export type Fate = Trouble['outcome'] | 'suppressed';

/** One message of a run that must be in the ledger. */
export interface DueMessage {
  /** `step/hop/index`: what follows the run's id in a message's id. */
  place: string;
  channel: Channel;
  address: string | null;
  fate: Fate;
  /** The address' trouble is over before the message's patience is. */
  passes: boolean;
  /** A single message and not one channel of a cascade. */
  isSingle: boolean;
  /** Ms of the world's time in which it may go out, from when its turn came. */
  patienceMs: number;
}

/** One admissible passage through a journey. */
export interface Passage {
  path: string;
  status: string;
  outcome: string | null;
  /** Places of messages of which one must have lost its call for the run to go this way; else none. */
  cutOff: readonly string[];
}

export interface DueEnd {
  /** The way it must go first; each other one has its reason in docs/chaos.md. */
  passages: Passage[];
  messages: DueMessage[];
  /** Id of the event that reached the goal. */
  goal: string | null;
}

/** Between two things a customer does, in the run's time: less than any wait of the journeys. */
const MOMENT_MS = 1;
/** A try after a refusal for now, in the run's time. */
const RETRY_MS = 60_000;

export interface Person {
  customer: Customer;
  folded: Folded;
  profile: Profile;
  /** Addresses that bounced or were refused in an earlier message. */
  burnt: Set<string>;
}

/**
 * How one run must have gone: the pure engine on a virtual clock, told what the customer did and
 * how the addresses answer. `unknown` are places of messages that stand as `unknown` and never
 * arrived: the run must have gone on as after silence. Whether that may be is judged elsewhere.
 */
export function expectRun(person: Person, due: DueRun, unknown: ReadonlySet<string>): DueEnd {
  const journey = journeyOf(due);
  const { speed = 1, entry } = due.run;
  const base = new Rehearsal(person, { journey, due, speed, unknown, toldEarly: false });
  const main = base.walk();
  const passages = [passageOf(main, [])];
  const bouncing = base.messages.filter(({ isSingle, fate }) => isSingle && fate === 'bounce');
  if (bouncing.length > 0) {
    // Whose call broke off may learn of the bounce before it learns of the acceptance.
    const told = new Rehearsal(person, { journey, due, speed, unknown, toldEarly: true });
    const places = bouncing.map(({ place }) => place);
    passages.push(passageOf(told.walk(), places));
  }
  for (const { fate, address, channel, place } of base.messages) {
    const burns = (fate === 'bounce' || fate === 'reject') && !unknown.has(place);
    if (burns && address !== null) person.burnt.add(`${channel} ${address}`);
  }
  const later = person.folded.told.slice(due.place + 1);
  const goal = later.find(
    ({ event }) =>
      event.occurredAt >= entry.at && goalMatches(journey, entry, runEvent(event)) !== null,
  );
  return { passages, messages: base.messages, goal: goal?.event._id ?? null };
}

function journeyOf({ run }: DueRun): Journey {
  const live = LIVE.find(({ key }) => key === run.journey);
  if (live === undefined) throw new Error(`there is no journey ${run.journey}`);
  return live.definition;
}

function passageOf({ path, status, outcome }: Walk, cutOff: readonly string[]): Passage {
  return { path, status, outcome, cutOff };
}

interface Setting {
  journey: Journey;
  due: DueRun;
  speed: number;
  unknown: ReadonlySet<string>;
  /** A single message's bounce is known before its acceptance. */
  toldEarly: boolean;
}

/** One walk through a journey, with what the customer did placed where they did it. */
class Rehearsal {
  readonly #person: Person;
  readonly #setting: Setting;
  readonly #calls = new Map<string, number>();
  messages: DueMessage[] = [];

  constructor(person: Person, setting: Setting) {
    this.#person = person;
    this.#setting = setting;
  }

  /**
   * What a customer did after they saw a step left comes a moment after it was left; everything
   * else follows what came before. What happened before the entry is not the run's business.
   */
  walk(): Walk {
    const { due } = this.#setting;
    const events: NonNullable<Script['events']> = [];
    let at = 0;
    for (const told of this.#person.folded.told.slice(due.place + 1)) {
      at = Math.max(at, this.#leftAt(told, events)) + MOMENT_MS;
      if (told.event.occurredAt < due.run.entry.at) continue;
      const { name, properties } = told.event;
      events.push({ afterMs: at, name, properties });
    }
    return this.#walk(events);
  }

  #leftAt({ saw }: Told, events: NonNullable<Script['events']>): number {
    const { due } = this.#setting;
    if (saw?.journey !== due.run.journey || saw.nth !== due.nth) return 0;
    if (!saw.what.startsWith('left ')) return 0;
    const left = this.#walk(events).walked.find(({ step }) => `left ${step}` === saw.what);
    return left === undefined ? 0 : left.at - due.run.enteredAt;
  }

  #walk(events: NonNullable<Script['events']>): Walk {
    const { journey, due } = this.#setting;
    this.#calls.clear();
    this.messages = [];
    return walk(journey, {
      startAt: due.run.enteredAt,
      entry: due.run.entry,
      events: [...events],
      onSend: (effect, at) => this.#send(effect, at),
      onDecide: (step) => this.#decide(step),
    });
  }

  #decide(stepId: string): number {
    const step = this.#setting.journey.steps[stepId];
    if (step === undefined || !('branch' in step)) return Number.MAX_SAFE_INTEGER;
    const facts = factsOf(this.#person.profile, () => [], SETTINGS);
    const index = step.branch.findIndex(
      (one) => 'when' in one && evaluate(one.when, facts, Date.now()).holds,
    );
    return index < 0 ? Number.MAX_SAFE_INTEGER : index;
  }

  #send(effect: SendEffect, at: number): SendReply {
    const { step, hop, index, channel } = effect;
    const place = `${step}/${String(hop)}/${String(index)}`;
    const calls = (this.#calls.get(place) ?? 0) + 1;
    this.#calls.set(place, calls);
    const address = addressOf(this.#person.profile, channel);
    const fate = this.#fateOf(channel, address);
    if (calls === 1) {
      const { journey, speed } = this.#setting;
      const written = journey.steps[step];
      const isSingle =
        written !== undefined && 'send' in written && written.send.cascade === undefined;
      const passes = this.#ruleOf(channel)?.passes === true;
      const patienceMs = (effect.deadline - at) / speed;
      this.messages.push({ place, channel, address, fate, passes, isSingle, patienceMs });
    }
    if (this.#setting.unknown.has(place)) return reply('sent');
    if (this.#setting.toldEarly && fate === 'bounce') return reply('failed');
    return this.#replyOf(channel, fate, { at, calls });
  }

  /** What the sandbox does with it; it plays nothing of what the shop's own pages show. */
  #ruleOf(channel: Channel): Trouble | undefined {
    return isSiteChannel(channel) ? undefined : this.#person.customer.rules[channel];
  }

  #fateOf(channel: Channel, address: string | null): Fate {
    const { profile, burnt } = this.#person;
    const answer = decide({
      ...NO_SETTINGS,
      channel,
      erased: false,
      runEnded: false,
      hasAddress: address !== null,
      suppressed: address !== null && burnt.has(`${channel} ${address}`) ? 'all' : null,
      kind: 'marketing',
      consent: profile.consents[channel] ?? null,
      consentWhenUnknown: SETTINGS.consentWhenUnknown[channel] ?? 'deny',
    });
    return 'send' in answer ? (this.#ruleOf(channel)?.outcome ?? 'deliver') : 'suppressed';
  }

  #replyOf(channel: Channel, fate: Fate, { at, calls }: { at: number; calls: number }): SendReply {
    if (fate === 'suppressed') return { outcome: { kind: 'suppressed', reason: 'gate' } };
    if (fate === 'error' || fate === 'rateLimit') {
      const isOver = this.#ruleOf(channel)?.passes === true && calls > 1;
      if (isOver) return reply('sent', 'delivered');
      return { outcome: { kind: 'later', retryAt: at + RETRY_MS, reason: 'trouble' } };
    }
    const isPush = channel === 'push';
    const replies: Record<typeof fate, SendReply> = {
      reject: reply('failed'),
      // FCM says at once that an app is gone; the others take the message first.
      bounce: isPush ? reply('failed') : reply('sent', 'refused'),
      silent: reply('sent'),
      open: reply('sent', isPush ? 'clicked' : 'opened'),
      deliver: reply('sent', 'delivered'),
      slow: reply('sent', 'delivered'),
      lostReply: reply('sent', 'delivered'),
    };
    return replies[fate];
  }
}

/** The shop of these tests has set nothing for the gate, and nobody wishes anything. */
const NO_SETTINGS = {
  ...{ messageId: '', profileId: '', journey: '', topic: null, at: 0, zone: 'UTC' },
  ...{ bought: false, seen: null, heldSince: null, slots: NO_SLOTS },
  rules: gateRules(NO_GATE_SETTINGS, undefined),
  wishes: wishesIn(undefined),
};

function reply(
  kind: 'sent' | 'failed',
  receipt?: 'delivered' | 'opened' | 'clicked' | 'refused',
): SendReply {
  const outcome =
    kind === 'sent'
      ? ({ kind, deliveryReceipts: true } as const)
      : ({ kind, reason: 'refused' } as const);
  return receipt === undefined ? { outcome } : { outcome, receipts: [{ receipt, afterMs: 1 }] };
}
