import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { isUnhealthy } from '#channels/failover.ts';
import { ProviderError, type Content, type Provider } from '#channels/provider.ts';
import { invalid } from '#domain/errors.ts';
import { addressOf } from '#domain/message/address.ts';
import { CARRIED_CHANNELS, type CarriedChannel } from '#domain/message/message.ts';
import { hashAddress } from '#messages/is-suppressed.ts';
import type { AsPerson } from '#templates/lint-template.ts';
import type { PreparedTemplate } from '#templates/prepare-template.ts';
import { renderMessage, type Rendering } from '#templates/render-message.ts';
import type { StoredTestSend } from '#templates/template-collections.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { TEST_MARK as MARK } from '../hosted/try-out-link.ts';
import { KeyParam } from '../template-views.ts';
import { Instant, iso } from '../views.ts';
import { OF_SOMEBODY, personAsked, PersonAsked, readsProfile } from './template-preview-routes.ts';

/** Addresses of one test: colleagues and their telephones, not a list of customers. */
const ADDRESSES_MAX = 10;
/** Longest one provider call may take, in ms, as with customers' messages. */
const TIMEOUT_MS = 10_000;
/** Where the journey or campaign would stand that a mail is of: mailbox providers count tests apart. */
const SOURCE = 'test';

const TestAsked = z.strictObject({
  ...PersonAsked,
  to: z
    .array(
      z.strictObject({
        channel: z.enum(CARRIED_CHANNELS),
        address: z
          .string()
          .max(4_096)
          .describe(
            'An e-mail address, a number such as +380501234567, a push token, or a browser’s push subscription as JSON text.',
          ),
      }),
    )
    .min(1)
    .max(ADDRESSES_MAX),
});

const TestView = z.object({
  id: z.string(),
  channel: z.enum(CARRIED_CHANNELS),
  status: z
    .enum(['accepted', 'refused', 'unsure', 'suppressed', 'sending'])
    .describe('What the provider said; `suppressed`: it was not asked, for `reason`.'),
  reason: z.string().nullable(),
  provider: z.string(),
});

const SentTestView = TestView.extend({
  version: z.union([z.enum(['published', 'draft']), z.number().int()]),
  language: z.string(),
  at: Instant,
});

function viewTest(test: StoredTestSend): z.infer<typeof SentTestView> {
  const { _id: id, channel, status, reason, provider, version, language, at } = test;
  return { id, channel, status, reason, provider, version, language, at: iso(at) };
}

/** Sends a message to somebody who wants to see it, through the real channel. */
export function templateTestRoutes(deps: AppDeps): Route[] {
  return [sendRoute(deps), listRoute(deps)];
}

function sendRoute(deps: AppDeps): Route {
  return route({
    method: 'post',
    path: '/v1/templates/{key}/tests',
    id: 'sendTemplateTest',
    tag: 'Templates',
    summary: 'Send it to colleagues, marked as a test',
    description: `Through the channel’s real provider, to the addresses given and to nobody else. It is no message of a customer: no consent is asked, no cap counts it, no receipt of it is kept. A mail of marketing has the headers by which one leaves it (RFC 8058); their link is answered and takes nobody off. Nothing is sent to an address on the suppression list. ${OF_SOMEBODY}`,
    scope: 'templates:write',
    // What is known of a customer goes to any address.
    alsoScope: readsProfile,
    params: KeyParam,
    body: { schema: TestAsked },
    status: 200,
    reply: z.object({ tests: z.array(TestView) }),
    errors: ['not-found'],
    idempotent: true,
    async handle({ params, body }) {
      const addresses = body.to.map(({ channel, address }, index) => ({
        channel,
        to: readAddress(channel, address, index),
      }));
      const template = await deps.templates.open(params.key, body.version);
      const { person } = await personAsked(deps, template, body);
      const { version } = body;
      const letter = { key: params.key, version, template, person };
      const tests = await Promise.all(addresses.map((one) => sendTest(deps, letter, one)));
      return { body: { tests } };
    },
  });
}

/** As it stands with customers. @throws DomainError `invalid` */
function readAddress(channel: CarriedChannel, address: string, index: number): string {
  const attributes = { email: address, phone: address };
  const found = addressOf({ attributes, devices: [{ token: address, at: 0 }] }, channel);
  if (found !== null) return found;
  throw invalid('An address is not right.', [
    {
      pointer: `#/to/${String(index)}/address`,
      detail: `Nobody can be reached by ${channel} at this.`,
    },
  ]);
}

interface Letter {
  key: string;
  version: StoredTestSend['version'];
  template: PreparedTemplate;
  person: AsPerson;
}

async function sendTest(
  { testSends, clock }: AppDeps,
  { key, version, template, person }: Letter,
  { channel, to }: { channel: CarriedChannel; to: string },
): Promise<z.infer<typeof TestView>> {
  const id = `test-${randomUUID()}`;
  const line = testSends.providers[channel];
  const view = { id, channel, provider: line[0].name };
  const addressHash = hashAddress(channel, to);
  const standing = await testSends.suppression(channel, addressHash);
  // Whoever left by a link wants no marketing; somebody of the shop who tried the link asks for this.
  if (standing !== null && standing.refusalOnly !== true) {
    return { ...view, status: 'suppressed', reason: 'suppressed' };
  }
  const rendering = renderMessage({ template, channel, ...person });
  if (!('content' in rendering)) {
    return { ...view, status: 'suppressed', reason: whyNot(rendering) };
  }
  const { content, language } = rendering;
  const noted = { _id: id, template: key, version, channel, provider: line[0].name };
  await testSends.store.begin({ ...noted, language, addressHash, at: clock() });
  const message = { messageId: id, to, content: marked(content, template, person) };
  const end = await callLine(line, message);
  await testSends.store.end(id, end);
  return { ...view, provider: end.provider, status: end.status, reason: end.reason };
}

type End = Pick<StoredTestSend, 'status' | 'reason' | 'providerId' | 'provider'>;

interface Message {
  messageId: string;
  to: string;
  content: Content;
}

/** As with customers' messages: the next where one is surely ill, and nobody after an unknown end. */
async function callLine(line: readonly Provider[], message: Message): Promise<End> {
  const [first, ...others] = line;
  if (first === undefined) throw new Error('a channel has no provider');
  const { provider, isIll, ...end } = await callProvider(first, message);
  return isIll && others.length > 0 ? callLine(others, message) : { ...end, provider };
}

async function callProvider(called: Provider, message: Message): Promise<End & { isIll: boolean }> {
  const provider = called.name;
  try {
    const { providerId } = await called.send({ ...message, timeoutMs: TIMEOUT_MS });
    return { provider, status: 'accepted', reason: null, providerId, isIll: false };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const isUnsure = error.action === 'unsure';
    const status = isUnsure ? 'unsure' : 'refused';
    const isIll = !isUnsure && isUnhealthy(error);
    return { provider, status, reason: error.message, providerId: null, isIll };
  }
}

/** As customers get it, and to be known for a test. */
function marked(
  content: Content,
  { key: template, topic, kind }: PreparedTemplate,
  { unsubscribe: unsubscribeUrl }: AsPerson,
): Content {
  switch (content.channel) {
    case 'email': {
      const list = { topic, source: SOURCE, template };
      const asMarketing = kind === 'marketing' ? { unsubscribeUrl, list } : {};
      return { ...content, ...asMarketing, subject: MARK + content.subject };
    }
    case 'sms':
      return { ...content, text: MARK + content.text };
    case 'push':
    case 'web-push':
      return { ...content, title: MARK + content.title };
    case 'viber':
      return { ...content, text: MARK + content.text, isPromotion: kind === 'marketing' };
    // Shown to customers alone: nobody is sent them to an address.
    case 'in-app':
    case 'inbox':
    case 'widget':
      return content;
  }
}

function whyNot(rendering: Exclude<Rendering, { content: unknown }>): string {
  if ('missing' in rendering) return `missingValue: ${rendering.missing}`;
  if ('aborted' in rendering) return `aborted: ${rendering.aborted}`;
  return 'error' in rendering ? rendering.error : 'noContent';
}

function listRoute({ testSends }: AppDeps): Route {
  return route({
    method: 'get',
    path: '/v1/templates/{key}/tests',
    id: 'listTemplateTests',
    tag: 'Templates',
    summary: 'List tests of a template, the latest first',
    description: 'Kept for 90 days, without the addresses.',
    scope: 'templates:read',
    params: KeyParam,
    query: z.strictObject(pageQuery),
    status: 200,
    reply: listOf(SentTestView),
    async handle({ params, query }) {
      const page = await testSends.store.list(params.key, pageRequest(query));
      return { body: pageReply(page, viewTest) };
    },
  });
}
