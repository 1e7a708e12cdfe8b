import { setTimeout as sleep } from 'node:timers/promises';
import type { WebhookSink } from '#test/support/webhook-sink.ts';
import { ended, enter, journey, type Feature } from './features.ts';

const next = { ok: 'leave', failed: 'leave' };

/** What each path of the receiver answers, told how often it was asked before. */
export function answerCalls(receiver: WebhookSink): void {
  receiver.answer = ({ target }, before) => {
    if (target === '/silent') return null;
    return target === '/moody' && before === 0 ? { status: 503 } : { status: 200, json: { a: 1 } };
  };
}

/** Journeys with steps that call somebody. */
export function stepJourneys(receiver: string): ReturnType<typeof journey>[] {
  const asking = (name: string): ReturnType<typeof journey> =>
    journey(`ask-${name}`, 'ask', {
      ask: { webhook: { url: `${receiver}/${name}`, timeout: 'PT30S' }, next },
    });
  return [asking('good'), asking('moody'), asking('silent')];
}

/** Enters a journey and lets it end by itself. */
const passed =
  (key: string): Feature =>
  async (kairos, name) => {
    const id = await enter(kairos, name, key);
    await ended(kairos, name);
    return id;
  };

export const STEP_FEATURES: Record<string, Feature> = {
  'webhook-answered': passed('ask-good'),
  'webhook-retried': passed('ask-moody'),
  'exit-in-webhook': async (kairos, name) => {
    const id = await enter(kairos, name, 'ask-silent');
    await sleep(1_500);
    await kairos.track('track', { userId: name, event: 'Order Completed' });
    await ended(kairos, name);
    return id;
  },
  'open-in-webhook': async (kairos, name) => {
    const id = await enter(kairos, name, 'ask-silent');
    await sleep(1_500);
    return id;
  },
};
