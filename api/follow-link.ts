import { machineMark, TRAP_LINK, type Look } from '#domain/message/machine-look.ts';
import { isSiteChannel } from '#domain/message/message.ts';
import { CLICKS, OPENS } from '#domain/message/receipts.ts';
import { isPersonal } from '#domain/template/template-links.ts';
import type { AcceptReceipts } from '#events/accept-receipts.ts';
import type { LinkStore, LookedAt } from '#messages/link-store.ts';
import type { Clock } from '#platform/clock.ts';
import { readLink } from '#platform/signed-link.ts';
import type { FindLink } from '#templates/link-targets.ts';

/** Who asks for a link, as far as their request says. */
export type Visitor = Pick<Look, 'method' | 'agent' | 'purpose' | 'ip'>;

/** A link that somebody followed. */
export interface Followed {
  /** Where it leads; null: nowhere, for no person sees it. */
  url: string | null;
  /** Settles once the look is durable; fails where it could not be noted. */
  noted: Promise<void>;
}

/** The token is ours, but the message that knew where the link leads is not kept any more. */
export type TooOld = 'tooOld';

/** Links of messages, followed. */
export interface Links {
  /** By the token of a mail's link; null: none of ours. */
  follow(token: string, visitor: Visitor): Promise<Followed | TooOld | null>;
  /** The same by the code of a short one; a code that was one of ours tells nothing of it. */
  followShort(code: string, visitor: Visitor): Promise<Followed | null>;
  /** A mail's picture was fetched; what is not ours changes nothing. */
  open(token: string, visitor: Visitor): Promise<void>;
}

export interface FollowParts {
  /** All that links still under way may have been signed with. */
  secrets: readonly string[];
  store: LinkStore;
  findLink: FindLink;
  accept: AcceptReceipts;
  clock: Clock;
  /** What is sent is there at once and may be read at once: a sandbox plays the providers. */
  arrivesAtOnce?: boolean;
}

/**
 * Links lead nowhere but where a version of a template, or a message made of one, says: an address
 * never holds where it leads. A link that is followed twice by a person is one event.
 */
export function createLinks(parts: FollowParts): Links {
  const { secrets, store, findLink } = parts;
  return {
    async follow(token, visitor) {
      const named = namedBy(secrets, token);
      if (named === null) return null;
      const { messageId, version, number, place } = named;
      const find = (): Promise<LookedAt | null> => store.find(messageId);
      if (number === TRAP_LINK) return followed(parts, find, { visitor, number, url: null });
      const link = await findLink(version, number);
      if (link === null) return null;
      const { name } = link;
      if (place !== undefined) {
        const message = await find();
        const click = { visitor, number, place, name };
        return message === null ? 'tooOld' : followedIn(parts, message, click);
      }
      if (isPersonal(link)) return null;
      return followed(parts, find, { visitor, number, url: link.url, name });
    },
    async followShort(code, visitor) {
      const message = await store.byCode(code);
      const place = message?.links?.findIndex((one) => one.code === code) ?? -1;
      const number = message?.links?.[place]?.n;
      return number === undefined ? null : followedIn(parts, message, { visitor, number, place });
    },
    async open(token, visitor) {
      const { open } = readLink(secrets, token) ?? {};
      const message = open === undefined ? null : await store.find(open);
      if (message !== null) await noteOpen(parts, message, visitor);
    },
  };
}

/** What the token of a link names; null: it is none of ours. `place`: as in `More`. */
function namedBy(
  secrets: readonly string[],
  token: string,
): { messageId: string; version: string; number: number; place: number | undefined } | null {
  const { click: messageId, of: version = '', n = '', p } = readLink(secrets, token) ?? {};
  const number = Number(n);
  if (messageId === undefined || !Number.isInteger(number)) return null;
  return { messageId, version, number, place: p === undefined ? undefined : Number(p) };
}

/** A link that only its message knows. */
function followedIn(
  parts: FollowParts,
  message: LookedAt | null,
  click: Omit<More, 'url'> & { place: number },
): Followed | null {
  const url = message?.links?.[click.place]?.url;
  if (url === undefined) return null;
  return followed(parts, () => Promise.resolve(message), { ...click, url });
}

/** Who follows a link of a message that is not kept any more gets there as well. */
function followed(parts: FollowParts, find: () => Promise<LookedAt | null>, click: More): Followed {
  const noted = find().then((message) =>
    message === null ? undefined : noteClick(parts, message, click),
  );
  // Whoever asked looks at it later, or has gone.
  noted.catch(() => undefined);
  return { url: click.url, noted };
}

/** What is known of a click beside its message. */
interface More {
  visitor: Visitor;
  number: number;
  url: string | null;
  /** Its place among the links that only the message knows. */
  place?: number;
  name?: string | undefined;
}

async function noteClick(
  { store, accept, clock, arrivesAtOnce }: FollowParts,
  { _id: messageId, channel, calledAt }: LookedAt,
  { visitor, number, url, place, name }: More,
): Promise<void> {
  // What is shown on the shop's pages tells of its clicks itself, and has no links of ours.
  if (isSiteChannel(channel)) return;
  const at = clock();
  const earlier = earlierThan(at, await store.note(messageId, { link: number, at }));
  // A telephone shows a message within a second or two, and its owner has it in the hand.
  const isUnderWay = channel === 'email' && arrivesAtOnce !== true;
  const sinceSentMs = calledAt === null || !isUnderWay ? null : at - calledAt;
  const machine = machineMark({ what: 'click', ...visitor, sinceSentMs, link: number, earlier });
  const who = machine === null ? 'person' : 'machine';
  const which = place === undefined ? String(number) : `${String(number)}.${String(place)}`;
  await accept([
    {
      eventId: `click/${messageId}/${which}/${who}`,
      messageId,
      name: CLICKS[channel][who],
      occurredAt: at,
      providerId: null,
      ...(url !== null && { link: { url, number, ...(name !== undefined && { name }) } }),
      ...(machine !== null && { machine }),
    },
  ]);
}

async function noteOpen(
  { accept, clock }: FollowParts,
  { _id: messageId, calledAt, looks = [] }: LookedAt,
  visitor: Visitor,
): Promise<void> {
  const at = clock();
  const sinceSentMs = calledAt === null ? null : at - calledAt;
  const earlier = earlierThan(at, looks);
  const machine = machineMark({ what: 'open', ...visitor, sinceSentMs, link: 0, earlier });
  const who = machine === null ? 'person' : 'machine';
  await accept([
    {
      eventId: `open/${messageId}/${who}`,
      messageId,
      name: OPENS[who],
      occurredAt: at,
      providerId: null,
      ...(machine !== null && { machine }),
    },
  ]);
}

/** Looks noted before, as of `at` (epoch ms). */
function earlierThan(at: number, looks: NonNullable<LookedAt['looks']>): Look['earlier'] {
  return looks.map((one) => ({ link: one.link, agoMs: at - one.at }));
}
