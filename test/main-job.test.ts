import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pathOf } from './support/views.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const journey = {
  key: 'hello',
  name: 'Hello',
  entry: { event: 'Signed Up' },
  start: 'hi',
  steps: {
    hi: { send: { template: 'cart-reminder', channel: 'email' }, next: 'leave' },
    leave: { end: 'done' },
  },
};

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('main-job');
  await kairos.putLibraryTemplates('cart-reminder');
  await kairos.publish(journey);
}, 120_000);
afterAll(() => kairos.stop());

describe('the main job', () => {
  it('turns an event into a durable run that reaches the customer by e-mail', async () => {
    await kairos.track('identify', { userId: '1', traits: { email: 'ann@shop.example' } });
    await kairos.track('track', {
      userId: '1',
      event: 'Signed Up',
      properties: { name: 'Red shoes', url: 'https://shop.example/1' },
    });
    const run = await kairos.endedRun('hello', 'external:1');
    expect(pathOf(run)).toBe('hi:sent -> leave:done');
    expect(await kairos.inbox('ann@shop.example')).toHaveLength(1);

    const { events } = await kairos.temporal.workflow
      .getHandle(run.id)
      .fetchHistory()
      .then((history) => ({ events: history.events ?? [] }));
    expect(events.length).toBeLessThanOrEqual(14);
  });

  it("knows a journey by its key, even where that is a word of JavaScript's own", async () => {
    await kairos.publish({ ...journey, key: 'constructor', entry: { event: 'Constructed' } });
    await kairos.track('track', {
      userId: '1',
      event: 'Constructed',
      properties: { name: 'Blue shoes', url: 'https://shop.example/2' },
    });
    const run = await kairos.endedRun('constructor', 'external:1');
    expect(pathOf(run)).toBe('hi:sent -> leave:done');
    const told = await kairos.temporal.workflow.getHandle(run.id).describe();
    expect(told.type).toBe('constructor');
  });

  it('keeps addresses, names and content out of Temporal', async () => {
    const [run] = await kairos.runs('journey=hello');
    const history = await kairos.temporal.workflow.getHandle(run?.id ?? '').fetchHistory();
    const text = Buffer.from(JSON.stringify(history)).toString('utf8');
    const decoded = text.replaceAll(/"([A-Za-z0-9+/=]{16,})"/g, (_, base64: string) =>
      Buffer.from(base64, 'base64').toString('utf8'),
    );
    expect(decoded).not.toMatch(/ann@|shoes|shop\.example/);
  });
});
