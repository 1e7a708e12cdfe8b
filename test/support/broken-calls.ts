import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { ProviderError } from '#channels/provider.ts';
import { createStoreTemplate } from '#templates/store-template.ts';
import { SendBench } from './send-bench.ts';

export const CALL_OVER_MS = 15_000;
export const LOOKUP_DELAY_MS = 3_000;
export const SENT = { kind: 'sent', deliveryReceipts: true };

/** The line breaks off in the middle of a call. */
export const cut = (): Promise<never> =>
  Promise.reject(new ProviderError('unsure', 'line-broken-off'));
/** The worker dies in the middle of its call: nobody writes anything down any more. */
export const crash = (): Promise<never> => Promise.reject(new Error('killed'));

/**
 * What a test file of broken calls begins with: a bench whose template `waiting` can be sent by
 * Viber and as a text, handed over once it stands, and for each test a clock that goes right.
 */
export function atBrokenCalls(name: string, take: (bench: SendBench) => void): void {
  let bench: SendBench;

  beforeAll(async () => {
    bench = await SendBench.start(name);
    const { world } = bench;
    const languages = { en: { viber: { text: 'Waiting' }, sms: { text: 'Waiting' } } };
    await createStoreTemplate(world.mongo)({ key: 'waiting', languages }, world.now());
    take(bench);
  });

  beforeEach(() => {
    bench.world.shiftMs = 0;
  });

  afterAll(() => bench.close());
}
