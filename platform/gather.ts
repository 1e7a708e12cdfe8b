/** Asks in one call: large enough for every run under way, far below any message limit. */
const BATCH_MAX = 500;

/**
 * While this many calls are out, further asks gather for the next one. With two, calls were twice as
 * many and half as large, and a busy worker spent more on them than it won by not waiting.
 */
const IN_FLIGHT_MAX = 1;

interface Batch<Ask, Answer> {
  asks: Ask[];
  answers: Promise<readonly Answer[]>;
  go: () => void;
}

/**
 * Turns many small calls into few large ones. An ask that finds calls on their way waits for the
 * next one and never joins one that has begun; alone it goes out at once. `perform` answers each
 * ask at its own place; when it fails, all who asked with it fail.
 */
export function gather<Ask, Answer>(
  perform: (asks: readonly Ask[]) => Promise<readonly Answer[]>,
): (ask: Ask) => Promise<Answer> {
  const waiting: Batch<Ask, Answer>[] = [];
  let inFlight = 0;

  function open(): Batch<Ask, Answer> {
    const asks: Ask[] = [];
    let go = (): void => undefined;
    const started = new Promise<void>((resolve) => {
      go = resolve;
    });
    return { asks, answers: started.then(() => perform(asks)), go };
  }

  function next(): void {
    if (inFlight >= IN_FLIGHT_MAX) return;
    const batch = waiting.shift();
    if (batch === undefined) return;
    inFlight += 1;
    batch.go();
    const over = (): void => {
      inFlight -= 1;
      next();
    };
    batch.answers.then(over, over);
  }

  return async (ask) => {
    let batch = waiting.at(-1);
    if (batch === undefined || batch.asks.length >= BATCH_MAX) {
      batch = open();
      waiting.push(batch);
      // Asks of the same moment go out together.
      queueMicrotask(next);
    }
    const place = batch.asks.push(ask) - 1;
    const answers = await batch.answers;
    if (answers.length <= place) throw new Error('a gathered call left asks unanswered');
    return answers[place] as Answer;
  };
}
