import { Agent, request } from 'node:http';
import { LANES } from '#activities/campaign/send-slice.ts';
import { campaignsOf, type StoredCampaign } from '#campaigns/campaign-document.ts';
import type { Ground } from '../ground.ts';
import { expectMails } from '../inbox.ts';
import { batches, customerId, inLanes, knowCustomers, range, routed } from '../load.ts';
import { memoryMb } from '../process-usage.ts';
import { expectCount, type Figures, type Row, type Side } from '../row.ts';
import { onlySegments } from '../segments.ts';

const RECIPIENTS = { full: 100_000, quick: 2_000, smoke: 30 };
/** Sent before anything is measured: caches are filled, and the raw client's body is made from it. */
const WARM_UP = { full: 2_000, quick: 200, smoke: 5 };
const WITHIN_MS = 1_800_000;
const LOOK_MS = 50;

/**
 * What memory may grow by while nine tenths of the recipients are sent to, in MB: what the heap of
 * Node breathes, which in small runs is still filling (75 MB from 200 to 2,000). Of 100,000 a
 * kilobyte and a bit kept of each would be more.
 */
const GROWN_MB_MAX = 100;

const SEGMENT = 'readers';
const FEW = 'some-readers';
const TEMPLATE = 'news';
const RAW = { side: 'raw', label: 'node:http, same bodies, 100 at once' } as const;

/** As long as a mail of a shop is, and personal in its subject and in its text. */
const PARAGRAPH = '<p>Walking boots, waterproof, in all sizes from now on, while stocks last.</p>';
const NEWS = {
  key: TEMPLATE,
  topic: 'offers',
  languages: {
    en: {
      email: {
        subject: "{{ profile.first_name | default: 'Hello' }}, boots are here",
        html: `<h1>For {{ profile.first_name }}</h1>${PARAGRAPH.repeat(40)}<p><a href="{{ links.unsubscribe }}">Unsubscribe</a></p>`,
      },
    },
  },
};

export const campaign: Row = {
  name: 'campaign',
  title: 'A campaign to a segment, from its start until everybody has had their turn',
  // A hundred thousand mails are many rounds of everything in it.
  once: true,
  lines: [
    {
      what: 'messages per second',
      side: 'kairos',
      ...{ figure: 'perSecond', unit: '/s' },
      against: { ...RAW, better: 'more', target: 0.5 },
    },
    { what: 'worker’s memory after a tenth', side: 'kairos', figure: 'tenthMb', unit: 'MB' },
    { what: 'worker’s memory at the end', side: 'kairos', figure: 'endMb', unit: 'MB' },
    {
      what: 'worker’s memory, grown from a tenth to the end',
      ...{ side: 'kairos', figure: 'grownMb', unit: 'MB', atMost: GROWN_MB_MAX },
    },
    { what: 'CPU per message: worker', side: 'kairos', figure: 'workerMs', unit: 'ms' },
    { what: 'CPU per message: MongoDB', side: 'kairos', figure: 'mongodMs', unit: 'ms' },
    { what: 'CPU per message: sandbox', side: 'kairos', figure: 'sandboxMs', unit: 'ms' },
  ],
  async prepare(ground) {
    const { kairos } = ground;
    const [count, few] = [ground.scale(RECIPIENTS), ground.scale(WARM_UP)];
    await kairos.call('PUT', `/v1/templates/${TEMPLATE}`, NEWS);
    // Mails are accepted and nothing is heard of them, so that no receipt is work.
    await kairos.rules({ channel: 'email', outcome: 'silent' });
    await knowCustomers(ground, count);
    await gatherReaders(ground, count, few);
    const since = Date.now();
    await sendTo(ground, FEW, `warm-up-${String(since)}`);
    const pattern = await patternSince(ground, since, few);
    return { sides: { kairos: kairosSide(ground, count), raw: rawSide(ground, pattern, count) } };
  },
};

/** Straight in the store, for how they came into the segments is not what is measured. */
async function gatherReaders(ground: Ground, count: number, few: number): Promise<void> {
  const { kairos } = ground;
  const { profiles, identities } = kairos.mongo.collections;
  await onlySegments(kairos, []);
  await routed(kairos);
  const since = Date.now();
  await profiles.updateMany({}, { $set: { segments: [] } });
  for (const some of batches(range(0, count), 5_000)) {
    const known = await identities
      .find({ _id: { $in: some.map((number) => `external:${customerId(number)}`) } })
      .toArray();
    const _id = { $in: known.map(({ profileId }) => profileId) };
    await profiles.updateMany({ _id }, { $push: { segments: { key: SEGMENT, since } } });
    if (some[0] !== 0) continue;
    const first = { $in: _id.$in.slice(0, few) };
    await profiles.updateMany({ _id: first }, { $push: { segments: { key: FEW, since } } });
  }
  expectCount('readers', await profiles.countDocuments({ 'segments.key': SEGMENT }), count);
  await onlySegments(kairos, [
    [SEGMENT, { attribute: 'email', exists: true }],
    [FEW, { attribute: 'email', exists: true }],
  ]);
}

/** Makes a campaign, starts it and waits for its end; answers what stands of it then. */
async function sendTo(
  { kairos }: Ground,
  segment: string,
  key: string,
  look: (now: StoredCampaign) => void = () => undefined,
): Promise<StoredCampaign> {
  const definition = { key, name: key, segment, template: TEMPLATE, channel: 'email' };
  await kairos.call('POST', '/v1/campaigns', definition);
  await kairos.call('POST', `/v1/campaigns/${key}/start`);
  const campaigns = campaignsOf(kairos.mongo.db);
  for (const giveUpAt = Date.now() + WITHIN_MS; Date.now() < giveUpAt;) {
    const now = await campaigns.findOne({ _id: key });
    if (now !== null) look(now);
    if (now?.status === 'done') return now;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`the campaign did not end within ${String(WITHIN_MS)} ms`);
}

function kairosSide(ground: Ground, count: number): Side {
  return async (): Promise<Figures> => {
    const since = Date.now();
    const pid = ground.kairos.pid('worker');
    let tenthMb = NaN;
    const clock = ground.clock();
    const done = await sendTo(ground, SEGMENT, `measured-${String(since)}`, ({ tally }) => {
      if (Number.isNaN(tenthMb) && tally.main.ends.sent >= count / 10) tenthMb = memoryMb(pid);
    });
    const { ms, cpu } = clock();
    const endMb = memoryMb(pid);
    expectCount('recipients', done.taken.main?.size ?? 0, count);
    expectCount('recipients sent to', done.tally.main.ends.sent, count);
    await expectMails(ground.kairos, since, count);
    return {
      perSecond: (count / ms) * 1_000,
      ...{ tenthMb, endMb, grownMb: endMb - tenthMb },
      workerMs: (cpu.worker ?? NaN) / count,
      mongodMs: (cpu.mongod ?? NaN) / count,
      sandboxMs: (cpu.sandbox ?? NaN) / count,
    };
  };
}

/** The body of one of these mails, and what in it names its reader and itself. */
interface Pattern {
  body: string;
  to: string;
  messageId: string;
}

async function patternSince({ kairos }: Ground, since: number, few: number): Promise<Pattern> {
  const mails = await expectMails(kairos, since, few);
  const [mail] = mails;
  if (mail === undefined) throw new Error('no mail went out');
  // Its reader may have got mails of other rows.
  const accepted = (await kairos.inbox(mail.to)).find(({ payload }) =>
    JSON.stringify(payload).includes(mail.messageId),
  );
  if (accepted === undefined) throw new Error('the mail is not in the inbox');
  return { body: JSON.stringify(accepted.payload), to: mail.to, messageId: mail.messageId };
}

/** The limit: bodies that are made already, posted one request a message, and nothing else. */
function rawSide({ kairos }: Ground, { body, to, messageId }: Pattern, count: number): Side {
  const { SENDGRID_BASE_URL: base = '', SENDGRID_API_KEY: apiKey = '' } = kairos.environment;
  const url = `${base}/v3/mail/send`;
  return async (round): Promise<Figures> => {
    const agent = new Agent({ keepAlive: true, maxSockets: LANES });
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const since = Date.now();
    const startedAt = performance.now();
    await inLanes(range(0, count), LANES, async (number) => {
      const own = body
        .replaceAll(to, `c${String(number)}@shop.example`)
        .replaceAll(messageId, `raw/${String(round)}/0/${String(number)}`);
      await postRaw({ agent, url, headers }, own);
    });
    const ms = performance.now() - startedAt;
    agent.destroy();
    await expectMails(kairos, since, count);
    return { perSecond: (count / ms) * 1_000 };
  };
}

interface RawCall {
  agent: Agent;
  url: string;
  headers: Record<string, string>;
}

function postRaw({ agent, url, headers }: RawCall, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sized = { ...headers, 'content-length': Buffer.byteLength(body) };
    const call = request(url, { method: 'POST', agent, headers: sized }, (answer) => {
      answer.resume();
      answer.on('end', () => {
        if (answer.statusCode === 202) resolve();
        else reject(new Error(`the sandbox answered ${String(answer.statusCode)}`));
      });
      answer.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}
