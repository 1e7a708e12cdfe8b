import type { Ended, SendEnd } from '#domain/sending/send-turn.ts';
import type { LedgerWords } from '#messages/ledger-words.ts';
import { errorCode, errorPlace, type Logger } from '#platform/logger.ts';
import { isOurFault } from '#platform/mongo-errors.ts';
import { endInLedger } from './end-in-ledger.ts';

interface GiveUpDeps {
  words: LedgerWords;
  logger: Pick<Logger, 'error'>;
}

/**
 * Does the work of one send. A fault of our own would come back with every repeat: it ends this
 * one, by the ledger's word or as failed, and is told aloud. All else is thrown, to be repeated.
 */
export async function orGiveUp<T>(
  { words, logger }: GiveUpDeps,
  id: string,
  work: () => Promise<T>,
): Promise<T | { givenUp: Ended<SendEnd> }> {
  try {
    return await work();
  } catch (error) {
    if (!isOurFault(error)) throw error;
    const [fault, place] = [errorCode(error), errorPlace(error)];
    logger.error({ send: id, fault, place }, 'send given up');
    const said = (await words([id])).get(id) ?? [];
    return { givenUp: endInLedger(said) ?? { end: 'failed', reason: 'fault' } };
  }
}
