import { setTimeout as sleep } from 'node:timers/promises';
import type { WholeKairos } from '#test/support/whole-kairos.ts';
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
  return [asking('good'), asking('moody'), asking('silent'), ringing('PT1H'), ringing('PT2S')];
}

const ringing = (due: string): ReturnType<typeof journey> =>
  journey(`ring-${due.toLowerCase()}`, 'ring', {
    ring: {
      task: { kind: 'sales', title: 'Ring', due, outcomes: ['reached'] },
      next: 'leave',
    },
  });

/** The task of a run, once it is made. */
function taskOf(kairos: WholeKairos, runId: string): Promise<string> {
  return kairos.until('the task', async () => {
    const list = await kairos.call<{ data: { id: string; run: string }[] }>('GET', '/v1/tasks');
    return list.data.find(({ run }) => run === runId)?.id ?? null;
  });
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
  'task-completed': async (kairos, name) => {
    const id = await enter(kairos, name, 'ring-pt1h');
    const task = await taskOf(kairos, id);
    await kairos.call('POST', `/v1/tasks/${task}/complete`, { outcome: 'reached' });
    await ended(kairos, name);
    return id;
  },
  'task-timeout': passed('ring-pt2s'),
  'open-in-task': async (kairos, name) => {
    const id = await enter(kairos, name, 'ring-pt1h');
    await taskOf(kairos, id);
    await sleep(1_500);
    return id;
  },
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
