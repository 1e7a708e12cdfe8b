import { campaignDesk } from '#test/support/campaign-desk.ts';
import { campaignTemplate } from '#test/support/campaign-readers.ts';
import { messageDesk } from '#test/support/message-desk.ts';
import { segmentDesk } from '#test/support/segment-desk.ts';
import type { WholeKairos } from '#test/support/whole-kairos.ts';
import { campaignWorkflowId, eraseWorkflowId, OWN_PARTITIONS } from '#workflows/contract.ts';
import type { Feature } from './features.ts';

/** Text messages go over their provider's queue. */
export const SYSTEM_ENVIRONMENT = { KAIROS_PROVIDER_RATES: 'twilio=5' };

/** Temporal's numbers of events; their names are in a package we do not use otherwise. */
const ACTIVITY_SCHEDULED = 10;
const TIMER_STARTED = 17;
/** An erasure looks again after one minute, and then after two. */
const ERASURE_MS = 100_000;
const TEXT = { template: 'news', channel: 'sms' };

let phones = 0;

/** Somebody who may be sent text messages; answers their number. */
async function join(kairos: WholeKairos, userId: string, group: string): Promise<string> {
  phones += 1;
  const phone = `+1202555${String(phones).padStart(4, '0')}`;
  await kairos.track('identify', {
    userId,
    traits: { group, email: `${userId}@shop.example`, phone },
    context: { consent: { categoryPreferences: { sms: true } } },
  });
  await kairos.until(`${userId} known`, () =>
    kairos.call('GET', `/v1/profiles/external:${userId}`).catch(() => null),
  );
  return phone;
}

/** A segment of its own, with so many customers; answers their numbers. */
async function gather(kairos: WholeKairos, name: string, count: number): Promise<string[]> {
  const people = Array.from({ length: count }, (_, index) => `${name}-${String(index)}`);
  const numbers = await Promise.all(people.map((person) => join(kairos, person, name)));
  const { define, live, isIn } = segmentDesk(() => kairos);
  await define(name, { condition: { attribute: 'group', is: name } });
  await live(name);
  await Promise.all(people.map((person) => isIn(`external:${person}`, name)));
  return numbers;
}

/** Waits until a history holds so many events of a kind, and nothing of its workflow is under way. */
async function rests(kairos: WholeKairos, id: string, kind: number, count = 1): Promise<string> {
  const handle = kairos.temporal.workflow.getHandle(id);
  return kairos.until(
    `${id} at rest`,
    async () => {
      const { raw } = await handle.describe();
      const { events } = await handle.fetchHistory();
      const isBusy = raw.pendingWorkflowTask != null || (raw.pendingActivities ?? []).length > 0;
      const met = (events ?? []).filter(({ eventType }) => Number(eventType) === kind);
      return isBusy || met.length < count ? null : id;
    },
    ERASURE_MS,
  );
}

/** Waits until an activity of a workflow is under way. */
function calls(kairos: WholeKairos, id: string, activity: string): Promise<string> {
  return kairos.until(`${activity} of ${id}`, async () => {
    const { raw } = await kairos.temporal.workflow.getHandle(id).describe();
    const names = (raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name);
    return names.includes(activity) ? id : null;
  });
}

async function over(kairos: WholeKairos, id: string): Promise<string> {
  await kairos.temporal.workflow.getHandle(id).result();
  return id;
}

/** Sends text messages to so many, whose provider answers so; answers the workflow's id. */
async function send(
  kairos: WholeKairos,
  name: string,
  { count, outcome }: { count: number; outcome: 'deliver' | 'slow' },
): Promise<string> {
  const numbers = await gather(kairos, name, count);
  await kairos.rules(...numbers.map((to) => ({ channel: 'sms' as const, to, outcome })));
  await campaignDesk(() => kairos).begin(name, { segment: name, ...TEXT });
  return campaignWorkflowId({ campaign: name });
}

/** A message over its provider's queue; answers the workflow's id. */
async function ask(
  kairos: WholeKairos,
  name: string,
  outcome: 'deliver' | 'slow',
): Promise<string> {
  const to = await join(kairos, name, 'alone');
  await kairos.rules({ channel: 'sms', to, outcome });
  const { id } = await messageDesk(() => kairos).send({ to: `external:${name}`, ...TEXT });
  return `kairos.message/${id}`;
}

export function prepareSystem(kairos: WholeKairos): Promise<void> {
  return campaignTemplate(kairos, 'news', 'News');
}

/** Features of Kairos' own workflows: each answers the id of the one whose history shows it. */
export const SYSTEM_FEATURES: Record<string, Feature> = {
  'open-campaign-before-start': async (kairos, name) => {
    await gather(kairos, name, 1);
    const at = new Date(Date.now() + 86_400_000).toISOString();
    await campaignDesk(() => kairos).begin(name, { segment: name, ...TEXT, at });
    return rests(kairos, campaignWorkflowId({ campaign: name }), TIMER_STARTED);
  },
  'open-campaign-paused': async (kairos, name) => {
    const desk = campaignDesk(() => kairos);
    await gather(kairos, name, 3);
    const mail = { template: 'news', channel: 'email', ratePerMinute: 20 };
    await desk.begin(name, { segment: name, ...mail });
    await desk.until('begun', name, ({ progress }) => progress.ended > 0);
    await desk.order(name, 'pause');
    return rests(kairos, campaignWorkflowId({ campaign: name }), ACTIVITY_SCHEDULED);
  },
  'campaign-at-once': async (kairos, name) =>
    over(kairos, await send(kairos, name, { count: 1, outcome: 'deliver' })),
  'campaign-queued': async (kairos, name) =>
    over(kairos, await send(kairos, name, { count: 12, outcome: 'deliver' })),
  'open-campaign-queued': async (kairos, name) =>
    calls(kairos, await send(kairos, name, { count: 2, outcome: 'slow' }), 'sendToRecipient'),
  'message-queued': async (kairos, name) => over(kairos, await ask(kairos, name, 'deliver')),
  'open-message-queued': async (kairos, name) =>
    calls(kairos, await ask(kairos, name, 'slow'), 'sendMessage'),
  'open-erasure-of-a-file': async (kairos, name) => {
    await join(kairos, name, 'alone');
    // A file that somebody reads who never ends.
    const file = { status: 'running', owner: 'somebody', beatAt: Date.now() + 86_400_000 };
    const files = kairos.mongo.db.collection<{ _id: string }>('imports');
    await files.insertOne({ _id: 'endless', ...file });
    const { id } = await kairos.call<{ id: string }>('POST', `/v1/profiles/external:${name}/erase`);
    return rests(kairos, eraseWorkflowId({ id }), TIMER_STARTED, 2);
  },
  'open-owner': async (kairos) => {
    const id = `${OWN_PARTITIONS}/0-of-2`;
    await kairos.end('worker');
    kairos.run('worker');
    await calls(kairos, id, 'ownPartitions');
    await kairos.until('a second turn', async () => {
      const { events } = await kairos.temporal.workflow.getHandle(id).fetchHistory();
      const turns = (events ?? []).filter((one) => Number(one.eventType) === ACTIVITY_SCHEDULED);
      return turns.length > 1 ? true : null;
    });
    return id;
  },
};
