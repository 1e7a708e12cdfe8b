import type { RunEvent } from '#domain/event/event.ts';
import { advance, begin } from '#domain/journey/advance.ts';
import type { Journey } from '#domain/journey/journey.ts';
import type {
  CallOutcome,
  Effect,
  Happening,
  PathEntry,
  Receipt,
  RunEntry,
  RunState,
  RunStatus,
  SendOutcome,
  TaskOutcome,
  Transition,
} from '#domain/journey/run.ts';
import { nextLocalTime } from '#domain/time/local-time.ts';

type SendEffect = Extract<Effect, { do: 'send' }>;
type TaskEffect = Extract<Effect, { do: 'task' }>;
type CallEffect = Extract<Effect, { do: 'call' }>;

/** How the world answers a simulated run. Everything has a friendly default. */
export interface Script {
  /** Epoch ms at which the run begins; 0 when nothing is said. */
  startAt?: number;
  /** The customer's IANA zone; UTC when nothing is said. */
  zone?: string;
  entry?: RunEntry;
  /** What the customer does, each so many ms after the run began. */
  events?: { afterMs: number; name: string; properties?: RunEvent['properties'] }[];
  /** The journey is stopped for everybody so many ms after the run began. */
  stopAfterMs?: number;
  /** How one call ends, and which receipts come when; taken and delivered a second later. */
  onSend?: (effect: SendEffect, at: number) => SendReply;
  /** How one call of a webhook ends; answered with 200 when nothing is said. */
  onCall?: (effect: CallEffect, at: number) => CallOutcome;
  /** What has become of a task; made and never done when nothing is said. */
  onTask?: (effect: TaskEffect, at: number) => TaskOutcome;
  /** The index of the case that holds; beyond the last (`else`) when nothing is said. */
  onDecide?: (step: string, at: number) => number;
}

export interface SendReply {
  outcome: SendOutcome;
  receipts?: { receipt: Receipt; afterMs: number }[];
}

/** What became of a simulated run. */
export interface Walk {
  /** `hour:passed -> remind:reached -> leave:done`. */
  path: string;
  walked: PathEntry[];
  /** `running`: nothing more can happen to it. */
  status: RunStatus;
  outcome: string | null;
  /** Epoch ms at which it ended, or at which nothing more could happen. */
  endedAt: number;
  /** Every call, in order, repeats included. */
  sends: { effect: SendEffect; at: number; outcome: SendOutcome['kind'] }[];
  /** Every call of a webhook, in order, repeats included. */
  calls: { effect: CallEffect; at: number; outcome: CallOutcome['kind'] }[];
  /** How often the engine was asked. */
  transitions: number;
}

/** Ten times what a run of the most steps with the longest cascade needs without retries. */
const TRANSITIONS_MAX = 200_000;

/** Walks one run through a journey on a clock of its own, as the workflow would in real time. */
export function walk(journey: Journey, script: Script = {}): Walk {
  return new SimulatedRun(journey, script).walk();
}

class SimulatedRun {
  private readonly journey: Journey;
  private readonly script: Script;
  private readonly zone: string;
  private readonly entry: RunEntry;
  private readonly pending: Happening[];
  private readonly walked: PathEntry[] = [];
  private readonly sends: Walk['sends'] = [];
  private readonly calls: Walk['calls'] = [];
  private at: number;

  constructor(journey: Journey, script: Script) {
    this.journey = journey;
    this.script = script;
    this.at = script.startAt ?? 0;
    this.zone = script.zone ?? 'UTC';
    const nobody = { kind: 'api', id: 'simulated', event: null, properties: {} } as const;
    this.entry = script.entry ?? { ...nobody, at: this.at };
    this.pending = happeningsOf(script, this.at);
  }

  walk(): Walk {
    let now = begin(this.journey, this.at, this.zone);
    for (let transitions = 1; transitions <= TRANSITIONS_MAX; transitions += 1) {
      this.walked.push(...now.walked);
      if (now.effect.do === 'end') return this.result(now.effect, transitions);
      const happening = this.next(now.effect, now.state);
      if (happening === null) return this.result(null, transitions);
      now = this.tell(now, happening);
    }
    return this.result(null, TRANSITIONS_MAX);
  }

  private tell(now: Transition, happening: Happening): Transition {
    this.at = Math.max(this.at, happening.at);
    const told = { ...happening, at: this.at };
    return advance(this.journey, now.state, told, { entry: this.entry, zone: this.zone });
  }

  /** What happens next: the answer to a question, or the first thing in time while it waits. */
  private next(effect: Exclude<Effect, { do: 'end' }>, state: RunState): Happening | null {
    const { at } = this;
    switch (effect.do) {
      case 'send':
        return { kind: 'sending', at, outcome: this.send(effect) };
      case 'call':
        return { kind: 'called', at, outcome: this.call(effect) };
      case 'task':
        return { kind: 'tasked', at, outcome: this.script.onTask?.(effect, at) ?? undone(effect) };
      case 'decide': {
        const index = this.script.onDecide?.(state.step, at) ?? Number.MAX_SAFE_INTEGER;
        return { kind: 'decided', at, index };
      }
      case 'localTime':
        return { kind: 'instant', at, instant: nextLocalTime(effect, this.zone, at) };
      case 'await':
        return this.firstUntil(effect.until ?? Infinity);
    }
  }

  private firstUntil(until: number): Happening | null {
    const first = this.pending[0];
    if (first !== undefined && first.at <= until) return this.pending.shift() ?? null;
    return until === Infinity ? null : { kind: 'elapsed', at: until };
  }

  private send(effect: SendEffect): SendOutcome {
    const reply = this.script.onSend?.(effect, this.at) ?? DELIVERED;
    this.sends.push({ effect, at: this.at, outcome: reply.outcome.kind });
    for (const { receipt, afterMs } of reply.receipts ?? []) {
      const { hop, index } = effect;
      this.pending.push({ kind: 'receipt', at: this.at + afterMs, hop, index, receipt });
    }
    this.pending.sort((a, b) => a.at - b.at);
    return reply.outcome;
  }

  private call(effect: CallEffect): CallOutcome {
    const { at } = this;
    const outcome = this.script.onCall?.(effect, at) ?? ANSWERED;
    this.calls.push({ effect, at, outcome: outcome.kind });
    return outcome;
  }

  private result(end: Extract<Effect, { do: 'end' }> | null, transitions: number): Walk {
    return {
      path: this.walked.map(({ step, outcome }) => `${step}:${outcome}`).join(' -> '),
      walked: this.walked,
      status: end?.status ?? 'running',
      outcome: end?.outcome ?? null,
      endedAt: this.at,
      sends: this.sends,
      calls: this.calls,
      transitions,
    };
  }
}

const DELIVERED: SendReply = {
  outcome: { kind: 'sent', deliveryReceipts: true },
  receipts: [{ receipt: 'delivered', afterMs: 1000 }],
};

const ANSWERED: CallOutcome = { kind: 'answered', status: 200, retryAt: 0 };

function undone({ step, hop, act }: TaskEffect): TaskOutcome {
  if (act === 'close') return { kind: 'expired' };
  return { kind: 'open', id: `simulated.${step}.${String(hop)}` };
}

function happeningsOf(script: Script, startAt: number): Happening[] {
  const happenings = (script.events ?? []).map(
    ({ afterMs, name, properties }, index): Happening => {
      const at = startAt + afterMs;
      const id = `simulated-${String(index)}`;
      const event = { id, name, occurredAt: at, receivedAt: at, properties: properties ?? {} };
      return { kind: 'event', at, event };
    },
  );
  if (script.stopAfterMs !== undefined) {
    happenings.push({ kind: 'stopped', at: startAt + script.stopAfterMs });
  }
  return happenings.sort((a, b) => a.at - b.at);
}
