import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventWebhook } from '@sendgrid/eventwebhook';
import { createProviders } from '#channels/providers.ts';
import { verifyAndParse as parseSendgrid } from '#channels/email/sendgrid-webhook.ts';
import type { ProviderReceipt } from '#channels/provider.ts';
import { channelSettings } from '#channels/settings.ts';
import type { WebhookRequest } from '#channels/webhook-request.ts';
import { sandboxEnvironment } from '#sandbox/accounts.ts';
import { SandboxProcess } from '#test/support/sandbox-process.ts';
import { WebhookSink } from '#test/support/webhook-sink.ts';

const WAIT_MS = 15_000;
const TIMEOUT_MS = 5_000;
const SENDGRID_SIGNATURE = 'x-twilio-email-event-webhook-signature';
const SENDGRID_TIMESTAMP = 'x-twilio-email-event-webhook-timestamp';

let sandbox: SandboxProcess;
let sink: WebhookSink;

beforeAll(async () => {
  sink = await WebhookSink.start();
  sandbox = await SandboxProcess.start(sink.url);
});

afterAll(async () => {
  await sandbox.remove();
  await sink.close();
});

function settings() {
  const links = { publicUrl: sink.url, signing: 'secret', known: ['secret'] };
  return channelSettings(sandboxEnvironment(sandbox.accounts, sandbox.url, {}), links);
}

/** The receipts in a post to the webhook of a provider. */
function receiptsIn(provider: 'sendgrid' | 'twilio', request: WebhookRequest): ProviderReceipt[] {
  return settings().receipts[provider]?.(request) ?? [];
}

async function until<T>(find: () => T | undefined): Promise<T> {
  for (const end = Date.now() + WAIT_MS; Date.now() < end;) {
    const found = find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('waited in vain');
}

function sendMail(to: string, messageId: string) {
  const content = { channel: 'email' as const, subject: 'Hi', html: '<p>Hi</p>', text: 'Hi' };
  return createProviders(settings()).email.send({ messageId, to, content, timeoutMs: TIMEOUT_MS });
}

function sendText(to: string, messageId: string) {
  const content = { channel: 'sms' as const, text: 'Hi' };
  return createProviders(settings()).sms.send({ messageId, to, content, timeoutMs: TIMEOUT_MS });
}

const uniqueId = (): string => `m-${randomBytes(6).toString('hex')}`;

/** The first POST that came in for a message. */
function postFor(path: string, messageId: string): Promise<WebhookRequest> {
  return until(() =>
    sink.to(path).find(({ rawBody, target }) => (target + rawBody.toString()).includes(messageId)),
  );
}

function withHeader(post: WebhookRequest, name: string, value: string | undefined): WebhookRequest {
  return { ...post, headers: { ...post.headers, [name]: value } };
}

describe('the webhook of SendGrid', () => {
  let post: WebhookRequest;
  const parse = (request: WebhookRequest) => receiptsIn('sendgrid', request);

  beforeAll(async () => {
    const id = uniqueId();
    await sendMail('signed@customer.example', id);
    post = await postFor('/v1/webhooks/sendgrid', id);
  });

  it('is signed as SendGrid’s own library checks it', () => {
    const official = new EventWebhook();
    const key = official.convertPublicKeyToECDSA(sandbox.accounts.sendgrid.webhookPublicKey);
    const verdict = (request: WebhookRequest) =>
      official.verifySignature(
        key,
        request.rawBody,
        String(request.headers[SENDGRID_SIGNATURE]),
        String(request.headers[SENDGRID_TIMESTAMP]),
      );
    expect(verdict(post)).toBe(true);
    expect(parse(post).length).toBeGreaterThan(0);
    const tampered = { ...post, rawBody: Buffer.from(post.rawBody.toString().replace('}', ' }')) };
    expect(verdict(tampered)).toBe(false);
    expect(() => parse(tampered)).toThrow(expect.objectContaining({ code: 'forbidden' }));
  });

  it.each([
    ['missing', undefined],
    ['garbage', 'garbage'],
    ['empty', ''],
  ])('is forbidden with a signature that is %s', (_word, signature) => {
    const request = withHeader(post, SENDGRID_SIGNATURE, signature);
    expect(() => parse(request)).toThrow(expect.objectContaining({ code: 'forbidden' }));
  });

  it('is forbidden with another timestamp, another key, or no key at all', () => {
    const later = withHeader(post, SENDGRID_TIMESTAMP, '1700000000');
    expect(() => parse(later)).toThrow(expect.objectContaining({ code: 'forbidden' }));
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const other = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    for (const key of [other, null]) {
      const refused = () => parseSendgrid(post, { publicKey: key });
      expect(refused).toThrow(expect.objectContaining({ code: 'forbidden' }));
    }
  });
});

describe('the webhook of Twilio', () => {
  it('is forbidden when anything signed was changed', async () => {
    const id = uniqueId();
    await sendText('+12025550111', id);
    const post = await postFor('/v1/webhooks/twilio', id);
    const parse = (request: WebhookRequest) => receiptsIn('twilio', request);
    expect(parse(post)).toMatchObject([{ messageId: id }]);
    const body = Buffer.from(post.rawBody.toString().replace('sent', 'delivered'));
    const changed = [
      { ...post, target: post.target.replace(id, 'another') },
      { ...post, rawBody: Buffer.concat([body, Buffer.from('&x=y')]) },
      withHeader(post, 'x-twilio-signature', 'AAAA'),
      withHeader(post, 'x-twilio-signature', undefined),
    ];
    for (const request of changed) {
      expect(() => parse(request)).toThrow(expect.objectContaining({ code: 'forbidden' }));
    }
  });
});

describe('a request the provider would refuse', () => {
  const mailHeaders = () => ({
    authorization: `Bearer ${sandbox.accounts.sendgrid.apiKey}`,
    'content-type': 'application/json',
  });
  const mail = {
    from: { email: 'shop@kairos.example' },
    subject: 'Hi',
    content: [{ type: 'text/plain', value: 'Hi' }],
    personalizations: [{ to: [{ email: 'malformed@customer.example' }] }],
  };
  const postMail = async (body: string) => {
    const init = { method: 'POST', headers: mailHeaders(), body };
    const answer = await fetch(`${sandbox.url}/v3/mail/send`, init);
    return { status: answer.status, body: await answer.json() };
  };

  it.each([
    ['personalizations', { ...mail, personalizations: undefined }],
    ['from.email', { ...mail, from: { email: 'no address' } }],
    ['personalizations.0.to', { ...mail, personalizations: [{}] }],
    ['surprise', { ...mail, surprise: 1 }],
  ])('is refused in SendGrid’s words, naming %s', async (field, body) => {
    const answer = await postMail(JSON.stringify(body));
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field, help: null }] } });
  });

  it('is refused by SendGrid when it is no JSON', async () => {
    expect(await postMail('{')).toMatchObject({ status: 400, body: { errors: [{}] } });
    expect(await sandbox.inbox('malformed@customer.example')).toEqual([]);
  });

  it.each([
    [21604, { From: '+12025550100', Body: 'Hi' }],
    [21211, { To: 'nobody', From: '+12025550100', Body: 'Hi' }],
    [21603, { To: '+12025550111', Body: 'Hi' }],
    [21602, { To: '+12025550111', From: '+12025550100' }],
    [21617, { To: '+12025550111', From: '+12025550100', Body: 'x'.repeat(1601) }],
    [21609, { To: '+12025550111', From: '+12025550100', Body: 'Hi', StatusCallback: 'nowhere' }],
  ])('is refused by Twilio with %s', async (code, form) => {
    const { accountSid, authToken } = sandbox.accounts.twilio;
    const answer = await fetch(`${sandbox.url}/2010-04-01/Accounts/${accountSid}/Messages.json`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
      },
      body: new URLSearchParams(form as Record<string, string>),
    });
    const more_info = `https://www.twilio.com/docs/errors/${String(code)}`;
    expect(await answer.json()).toMatchObject({ code, more_info, status: 400 });
  });

  it('is refused by FCM without a token of Google', async () => {
    const project = sandbox.accounts.fcm.serviceAccount.project_id;
    const url = `${sandbox.url}/v1/projects/${project}/messages:send`;
    const answer = await fetch(url, { method: 'POST', body: '{}' });
    const error = { code: 401, status: 'UNAUTHENTICATED' };
    expect(await answer.json()).toMatchObject({ error });
  });

  it('is refused with its place when rules are wrong, and the old rules stay', async () => {
    await sandbox.rules([{ channel: 'sms', to: '+12025550122', outcome: 'silent' }]);
    const wrong = await fetch(`${sandbox.url}/rules`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ channel: 'fax', to: 'x', outcome: 'deliver' }]),
    });
    expect(wrong.status).toBe(422);
    expect(await wrong.json()).toMatchObject({ errors: [{ pointer: '#/0/channel' }] });
    expect(await (await fetch(`${sandbox.url}/rules`)).json()).toHaveLength(1);
  });
});

describe('a sandbox that is killed', () => {
  it('keeps its inbox and rules, and posts the receipts that nobody had acknowledged', async () => {
    const [first, second] = [uniqueId(), uniqueId()];
    const rule = { channel: 'sms' as const, to: '+12025550133', outcome: 'silent' as const };
    await sandbox.rules([
      rule,
      { channel: 'email', to: 'b@customer.example', outcome: 'deliver', afterMs: 700 },
    ]);
    sink.status = 503;
    await Promise.all([
      sendMail('a@customer.example', first),
      sendMail('b@customer.example', second),
    ]);
    await postFor('/v1/webhooks/sendgrid', first);
    await sandbox.kill();
    sink.posts.length = 0;
    sink.status = 200;
    await sandbox.run();

    const kept = [
      ...(await sandbox.inbox('a@customer.example')),
      ...(await sandbox.inbox('b@customer.example')),
    ];
    expect(kept).toMatchObject([{ channel: 'email' }, { channel: 'email' }]);
    expect(await (await fetch(`${sandbox.url}/rules`)).json()).toContainEqual(rule);
    const names = await until(() => {
      const posts = sink.to('/v1/webhooks/sendgrid');
      const receipts = posts.flatMap((post) => receiptsIn('sendgrid', post));
      const ours = receipts.filter(({ messageId }) => [first, second].includes(messageId));
      return ours.length >= 4 ? ours.map(({ name }) => name).sort() : undefined;
    });
    const each = ['Email Delivered', 'Email Processed'];
    expect(names).toEqual([each[0], each[0], each[1], each[1]]);

    const posted = sink.posts.length;
    await sandbox.kill();
    await sandbox.run();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(sink.posts).toHaveLength(posted);
  });

  it('lists everything latest first, a page at a time', async () => {
    for (const n of [1, 2, 3]) await sendMail(`page${String(n)}@customer.example`, uniqueId());
    const read = async (query: string) =>
      (await (await fetch(`${sandbox.url}/inbox?limit=2${query}`)).json()) as {
        data: { to: string; at: string; status: string }[];
        next: string | null;
      };
    const page = await read('');
    expect(page.data.map(({ to }) => to)).toEqual([
      'page3@customer.example',
      'page2@customer.example',
    ]);
    expect(page.data[0]?.at).toMatch(/^\d{4}-.*Z$/);
    const next = await read(`&cursor=${page.next ?? ''}`);
    expect(next.data[0]?.to).toBe('page1@customer.example');
  });
});
