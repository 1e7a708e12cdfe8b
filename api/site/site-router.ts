import express, { Router, type NextFunction, type Request, type Response } from 'express';
import { z } from 'zod';
import type { SiteChannel } from '#domain/message/message.ts';
import { pageOf } from '#domain/page.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { matchesPage } from '#domain/site/match-page.ts';
import { siteReceiptName } from '#domain/site/site-receipt.ts';
import { DomainError, invalid } from '#domain/errors.ts';
import type { AcceptEvents } from '#events/accept-events.ts';
import type { AcceptReceipts } from '#events/accept-receipts.ts';
import type { SiteMessages } from '#messages/site-message-store.ts';
import type { Clock } from '#platform/clock.ts';
import type { StoredSiteMessage } from '#platform/site-documents.ts';
import { allowAnyOrigin } from '../any-origin.ts';
import { pageQuery, pageReply, pageRequest } from '../page.ts';
import { faultsOf } from '../route.ts';
import type { OpenId } from './open-id.ts';
import { addDevice, removeDevice, tellPush } from './site-phone.ts';
import type { Reading, SiteReader } from './site-reader.ts';
import { takeForm, type FormDeps } from './site-forms.ts';
import type { ProductsAsk } from './site-products.ts';
import type { SiteStreams } from './site-streams.ts';
import {
  DeviceBody,
  FormBody,
  GoneDeviceBody,
  PageQuery,
  ProductsQuery,
  PushReceiptBody,
  ReceiptsBody,
  SignUpBody,
  viewSiteMessage,
  type SiteProduct,
} from './site-views.ts';

/** A hundred receipts of some hundred bytes each, and room. */
const BODY_MAX = 64 * 1024;
/** Messages a page is given at once: nobody is shown more of them. */
const PENDING_MAX = 20;

const InboxQuery = z.strictObject(pageQuery);

export interface SiteDeps {
  reader: SiteReader;
  shelf: Pick<SiteMessages, 'standing' | 'owned' | 'mark' | 'isPushOf'>;
  streams: Pick<SiteStreams, 'open'>;
  products: (ask: ProductsAsk) => Promise<SiteProduct[]>;
  acceptReceipts: AcceptReceipts;
  forms: FormDeps;
  clock: Clock;
  /** Whom visitors sign up with. */
  openId: Pick<OpenId, 'offers' | 'read'>;
  /** Takes what a provider or a signed token says of somebody, as a server's word. */
  accept: AcceptEvents;
  /** What browsers subscribe to for web push; null: it is not set up. */
  webPushKey: string | null;
}

type Answer = (req: Request, profile: Profile | null, who: Reading['who']) => Promise<unknown>;
type Handler = (req: Request, res: Response, next: NextFunction) => Promise<void>;

const json = express.json({ limit: BODY_MAX, type: () => true });

/** What browsers and apps read and tell of the messages they show (docs/sdk.md, docs/mobile.md). */
export function createSiteRouter(deps: SiteDeps): Router {
  const router = Router();
  router.use('/v1/site', allowAnyOrigin);
  const answer =
    (route: string, handle: Answer): Handler =>
    async (req, res) => {
      res.locals.route = route;
      res.locals.isTracking = true;
      const { profile, who } = await deps.reader.reading(req);
      const body = await handle(req, profile, who);
      res.setHeader('Cache-Control', 'no-store');
      if (body === undefined) res.status(204).end();
      else res.json(body);
    };
  router.get('/v1/site/settings', async (req, res) => {
    res.locals.route = '/v1/site/settings';
    deps.reader.key(req);
    res.json({ webPushKey: deps.webPushKey, signUp: await deps.openId.offers() });
  });
  router.post('/v1/site/sign-up', json, async (req, res) => {
    res.locals.route = '/v1/site/sign-up';
    deps.reader.key(req);
    res.json(await signUp(deps, req));
  });
  router.get(
    '/v1/site/inbox',
    answer('/v1/site/inbox', (req, profile) => readInbox(deps, req, profile)),
  );
  router.get(
    '/v1/site/messages',
    answer('/v1/site/messages', (req, profile) => readPending(deps, req, profile)),
  );
  router.get(
    '/v1/site/products',
    answer('/v1/site/products', async (req, profile) => {
      const { limit, language } = parse(ProductsQuery, req.query, 'Query parameters');
      return { data: await deps.products({ profile, limit, language }) };
    }),
  );
  router.get('/v1/site/stream', async (req, res) => {
    res.locals.route = '/v1/site/stream';
    res.locals.isTracking = true;
    const { profile, endsAt } = await deps.reader.reading(req);
    // A visitor of whom nothing is known yet comes again when something is.
    if (profile === null) res.status(204).end();
    else {
      const mayRead = async (): Promise<boolean> =>
        (await deps.reader.reading(req)).profile?._id === profile._id;
      await deps.streams.open({ profileId: profile._id, endsAt, mayRead }, req, res);
    }
  });
  router.post('/v1/site/forms', json, async (req, res) => {
    res.locals.route = '/v1/site/forms';
    res.locals.isTracking = true;
    const { profile, who } = await deps.reader.reading(req);
    if (profile === null) throw new DomainError('not-found', 'Nothing is shown to this visitor.');
    const body = parse(FormBody, req.body, 'The form’s fields');
    res.json(await takeForm(deps.forms, { profile, who }, body));
  });
  router.post(
    '/v1/site/receipts',
    json,
    answer('/v1/site/receipts', (req, profile) => takeReceipts(deps, req, profile)),
  );
  addPhone(router, deps, answer);
  return router;
}

/** What an app tells of its phone; nothing is answered but that it was taken. */
function addPhone(
  router: Router,
  deps: SiteDeps,
  answer: (route: string, handle: Answer) => Handler,
): void {
  const route = '/v1/site/device';
  router.put(
    route,
    json,
    answer(route, (req, _, who) =>
      addDevice(deps.accept, who, parse(DeviceBody, req.body, 'The device’s fields')),
    ),
  );
  router.delete(
    route,
    json,
    answer(route, (req, _, who) =>
      removeDevice(deps.accept, who, parse(GoneDeviceBody, req.body, 'The device’s fields')),
    ),
  );
  const receipts = '/v1/site/push-receipts';
  router.post(
    receipts,
    json,
    answer(receipts, (req, profile) =>
      tellPush(deps, profile, parse(PushReceiptBody, req.body, 'The receipt’s fields')),
    ),
  );
}

async function standing(
  { shelf }: SiteDeps,
  profile: Profile | null,
  channels: readonly SiteChannel[],
): Promise<StoredSiteMessage[]> {
  return profile === null ? [] : shelf.standing(profile._id, channels);
}

async function readInbox(deps: SiteDeps, req: Request, profile: Profile | null): Promise<unknown> {
  const { limit, after } = pageRequest(parse(InboxQuery, req.query, 'Query parameters'));
  const all = await standing(deps, profile, ['inbox']);
  const place = ({ createdAt: at, _id: id }: StoredSiteMessage): { at: number; id: string } => ({
    at,
    id,
  });
  const begin =
    after === null
      ? 0
      : all.findIndex(
          ({ createdAt, _id }) =>
            createdAt < after.at || (createdAt === after.at && _id < after.id),
        );
  const rows = begin === -1 ? [] : all.slice(begin, begin + limit + 1);
  const unread = all.filter(({ openedAt }) => openedAt === undefined).length;
  return { ...pageReply(pageOf(rows, limit, place), viewSiteMessage), unread };
}

async function readPending(
  deps: SiteDeps,
  req: Request,
  profile: Profile | null,
): Promise<unknown> {
  const { page } = parse(PageQuery, req.query, 'Query parameters');
  const all = await standing(deps, profile, ['in-app', 'widget']);
  const here = all.filter(({ content }) => {
    const pages = content.channel === 'inbox' ? undefined : content.pages;
    return page === undefined || matchesPage(pages, page);
  });
  return { data: here.slice(0, PENDING_MAX).map(viewSiteMessage) };
}

/** What is told of somebody else's messages is left out, as if there were none. */
async function takeReceipts(
  { shelf, acceptReceipts, clock }: SiteDeps,
  req: Request,
  profile: Profile | null,
): Promise<unknown> {
  const { receipts } = parse(ReceiptsBody, req.body, 'Receipts');
  const ids = [...new Set(receipts.map(({ id }) => id))];
  const owned =
    profile === null ? new Map<string, SiteChannel>() : await shelf.owned(profile._id, ids);
  const known = receipts.flatMap(({ id: messageId, event }) => {
    const channel = owned.get(messageId);
    return channel === undefined ? [] : [{ messageId, event, channel }];
  });
  const occurredAt = clock();
  // Durable first: if this process dies in between, the client tells it again.
  await acceptReceipts(
    known.map(({ messageId, event, channel }) => ({
      ...{ messageId, occurredAt, providerId: null },
      // Of one message each thing is told once, whoever repeats it.
      eventId: `site:${messageId}:${event}`,
      name: siteReceiptName(channel, event),
    })),
  );
  await shelf.mark(known);
  return { accepted: known.length, ignored: receipts.length - known.length };
}

/** A visitor who signed up is known by what the provider has looked into: a server's word. */
async function signUp({ reader, openId, accept }: SiteDeps, req: Request): Promise<unknown> {
  const anonymousId = reader.anonymousId(req);
  const { provider, idToken } = parse(SignUpBody, req.body, 'What was sent');
  const { id, traits, locale } = await openId.read(provider, idToken, anonymousId);
  const context = locale === null ? {} : { locale };
  const calls = [
    { type: 'identify', messageId: id, anonymousId, traits, context },
    {
      ...{ type: 'track', event: 'Signed Up', messageId: `${id}:event`, anonymousId },
      properties: { method: provider },
    },
  ];
  const { rejected } = await accept(calls, { source: 'server' });
  if (rejected.length > 0) throw invalid('What the provider said cannot be taken.');
  return { traits: Object.keys(traits) };
}

function parse<T>(schema: z.ZodType<T>, value: unknown, part: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(`${part} are not right.`, faultsOf(schema, value, parsed.error.issues));
}
