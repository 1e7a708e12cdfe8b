import type {
  ActivityExecuteInput,
  Next,
  ActivityInboundCallsInterceptor,
} from '@temporalio/worker';
import { ApplicationFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { errorCode, errorPlace, type Logger } from '#platform/logger.ts';

/**
 * Drivers and providers quote keys, addresses and bodies in their errors. Temporal keeps what it is
 * told for good, so an error leaves an activity as a code and nothing else.
 */
export class CodesOnly implements ActivityInboundCallsInterceptor {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      if (error instanceof TemporalFailure || error instanceof CancelledFailure) throw error;
      if (error instanceof Error && error.name === 'AbortError') throw error;
      const code = errorCode(error);
      this.#logger.warn({ code, place: errorPlace(error) }, 'activity failed');
      // Without its cause, which may quote personal data.
      throw ApplicationFailure.create({ message: code, type: code });
    }
  }
}
