import {
  CancellationScope,
  isCancellation,
  makeContinueAsNewFunc,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { Effect, PathEntry, RunState } from '#domain/journey/run.ts';
import type { JourneyActivities } from '#activities/index.ts';
import type { AdvanceInput, AdvanceResult, JourneyInput, News } from './contract.ts';
import { Inbox } from './inbox.ts';

/**
 * Decisions are made by the pure engine inside a local activity: it reads the profile, walks every
 * step that takes no time, tries one send, and answers with what to wait for. So a step costs no
 * activity of its own, and the engine may change without breaking the replay of open runs: only
 * this loop's commands are history.
 */
const local = proxyLocalActivities<JourneyActivities>({
  startToCloseTimeout: '30s',
  // Mongo may be away for long; a run waits for it rather than fail.
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '10s' },
});

const runOutcome = defineSearchAttributeKey('RunOutcome', 'KEYWORD');

/** Steps shown in the current details of Temporal's UI; the whole path is in the run. */
const DETAILS_MAX = 50;

/** Interprets any journey: the workflow type is the journey's key, the input is ids only. */
export async function runJourney(input: JourneyInput): Promise<string> {
  const inbox = new Inbox();
  const passage = new Passage(input);
  let result = await advance(passage.ask(passage.firstNews));
  for (;;) {
    passage.note(result);
    if (result.unheard !== undefined) inbox.putBack(result.unheard);
    const { effect, state, parked, wakeAt } = result;
    if (effect.do === 'end') {
      upsertSearchAttributes([{ key: runOutcome, value: effect.outcome }]);
      return effect.outcome;
    }
    if (workflowInfo().continueAsNewSuggested && inbox.isEmpty) {
      await makeContinueAsNewFunc<typeof runJourney>()({ ...input, resume: passage.resume });
    }
    if (isDeed(effect) && !parked && inbox.isEmpty) {
      result = await send(passage.ask({ kind: 'perform' }), result, inbox);
    } else {
      const news = await inbox.next(parked ? null : wakeAt, state.step);
      result = await advance(passage.ask(news));
    }
  }
}

/** What was handed back to be carried out: what led to it stands now. */
function isDeed({ do: what }: Effect): boolean {
  return what === 'send' || what === 'call' || what === 'task';
}

type Resume = NonNullable<JourneyInput['resume']>;

/** How far the run has come: what the next question tells the activity. */
class Passage {
  readonly #runId: string;
  readonly #journey = workflowInfo().workflowType;
  readonly firstNews: News;
  #seq: number;
  #at: Pick<Resume, 'state' | 'effect'> | null;
  #walked: PathEntry[];

  constructor({ runId, resume }: JourneyInput) {
    this.#runId = runId;
    this.#seq = resume?.seq ?? 0;
    this.#at = resume ?? null;
    this.#walked = resume?.walked ?? [];
    this.firstNews = resume === undefined ? { kind: 'entered' } : { kind: 'control' };
  }

  /** Each question has a number of its own, so that a repeat of it is known as one. */
  ask(news: News): AdvanceInput {
    this.#seq += 1;
    const { state, effect } = this.#at ?? { state: null, effect: null };
    return { runId: this.#runId, journey: this.#journey, seq: this.#seq, state, effect, news };
  }

  note({ state, effect, walked }: AdvanceResult): void {
    this.#at = { state, effect };
    this.#walked = [...this.#walked, ...walked].slice(-DETAILS_MAX);
    showPath(this.#walked, state);
  }

  get resume(): Resume {
    if (this.#at === null) throw new Error('nothing was asked yet');
    const { state, effect } = this.#at;
    return { seq: this.#seq, state, effect, walked: this.#walked };
  }
}

function advance(input: AdvanceInput): Promise<AdvanceResult> {
  const summary = input.state?.step ?? 'enter';
  return local.advanceRun.executeWithOptions({ summary }, [input]);
}

/** One execution over a queue: a provider answers within seconds. */
const SEND_LIMITS = { startToCloseTimeout: '30s' } as const;
/** A receiver may take thirty; that its caller was killed is known by the heartbeat before. */
const CALL_LIMITS = { startToCloseTimeout: '45s', heartbeatTimeout: '10s' } as const;

/**
 * A send that the first local try could not finish goes to its provider's queue, where the rate
 * limit lives; a call of a webhook to the queue of those. News cuts it short: an exit must not wait
 * for a slow provider. Whether the message still went out is the ledger's to know, which is asked
 * again by whoever comes next.
 */
async function send(
  input: AdvanceInput,
  asked: AdvanceResult,
  inbox: Inbox,
): Promise<AdvanceResult> {
  if (asked.sendQueue === null) return advance(input);
  const scope = new CancellationScope();
  const queued = scope.run(() =>
    proxyActivities<JourneyActivities>({
      taskQueue: asked.sendQueue ?? '',
      ...(asked.effect.do === 'call' ? CALL_LIMITS : SEND_LIMITS),
      scheduleToCloseTimeout: Math.max(1_000, asked.sendWithinMs),
      cancellationType: 'TRY_CANCEL',
      retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '30s' },
      summary: asked.state.step,
    }).advanceRun(input),
  );
  const interrupted: Promise<null> = inbox.arrival().then(() => null);
  try {
    const result = await Promise.race([queued, interrupted]);
    if (result !== null) return result;
  } catch (error) {
    // Out of time or refused by the worker: the engine decides what the deadline means.
    if (isCancellation(error)) throw error;
    return advance({ ...input, news: { kind: 'elapsed' } });
  }
  scope.cancel();
  await queued.catch(() => undefined);
  // Under the same number: whichever of the two is written first is what happened.
  return advance({ ...input, news: { kind: 'recall' } });
}

function showPath(walked: readonly PathEntry[], state: RunState): void {
  const lines = walked.map(
    ({ step, outcome, at }) => `- ${step}: ${outcome} (${new Date(at).toISOString()})`,
  );
  setCurrentDetails([...lines, `- **${state.step}**`].join('\n'));
}
