import { machineMark, TRAP_LINK, type Look } from '#domain/message/machine-look.ts';
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

/** Links of messages, followed. */
export interface Links {
  /** By the token of a mail's link; null: none of ours. */
  follow(token: string, visitor: Visitor): Promise<Followed | null>;
  /** The same by the code of a short one. */
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
}

/** The link of one message. */
interface Named {
  /** Null: its message is not kept any more. */
  message: LookedAt | null;
  number: number;
  /** Its place among those that only the message knows; null: its template's version knows it. */
  place: number | null;
}

/**
 * Links lead nowhere but where a version of a template, or a message made of one, says: an address
 * never holds where it leads. A link that is followed twice by a person is one event.
 */
export function createLinks(parts: FollowParts): Links {
  const { secrets, store, findLink } = parts;
  const followed = (named: Named, url: string | null, more: More): Followed => {
    const { message } = named;
    const noted = message === null ? Promise.resolve() : noteClick(parts, message, more);
    return { url, noted };
  };
  return {
    async follow(token, visitor) {
      const { click, of = '', n = '', p } = readLink(secrets, token) ?? {};
      const number = Number(n);
      if (click === undefined || !Number.isInteger(number)) return null;
      const message = await store.find(click);
      const named = { message, number, place: p === undefined ? null : Number(p) };
      if (number === TRAP_LINK) return followed(named, null, { visitor, number, url: null });
      const link = await findLink(of, number);
      const url = targetOf(named, link);
      if (url === null) return null;
      const { place } = named;
      return followed(named, url, { visitor, number, url, place, name: link?.name });
    },
    async followShort(code, visitor) {
      const message = await store.byCode(code);
      const place = message?.links?.findIndex((one) => one.code === code) ?? -1;
      const link = message?.links?.[place];
      if (message === null || link === undefined) return null;
      const { n: number, url } = link;
      return followed({ message, number, place }, url, { visitor, number, url, place });
    },
    async open(token, visitor) {
      const { open } = readLink(secrets, token) ?? {};
      const message = open === undefined ? null : await store.find(open);
      if (message !== null) await noteOpen(parts, message, visitor);
    },
  };
}

function targetOf({ message, place }: Named, link: { url: string } | null): string | null {
  if (place !== null) return message?.links?.[place]?.url ?? null;
  return link === null || isPersonal(link) ? null : link.url;
}

/** What is known of a click beside its message. */
interface More {
  visitor: Visitor;
  number: number;
  url: string | null;
  place?: number | null;
  name?: string | undefined;
}

async function noteClick(
  { store, accept, clock }: FollowParts,
  { _id: messageId, channel, calledAt }: LookedAt,
  { visitor, number, url, place = null, name }: More,
): Promise<void> {
  const at = clock();
  const earlier = (await store.note(messageId, { link: number, at })).map((one) => ({
    link: one.link,
    agoMs: at - one.at,
  }));
  const sinceSentMs = calledAt === null ? null : at - calledAt;
  const machine = machineMark({ what: 'click', ...visitor, sinceSentMs, link: number, earlier });
  const who = machine === null ? 'person' : 'machine';
  const which = place === null ? String(number) : `${String(number)}.${String(place)}`;
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
  { _id: messageId, calledAt }: LookedAt,
  visitor: Visitor,
): Promise<void> {
  const at = clock();
  const sinceSentMs = calledAt === null ? null : at - calledAt;
  const machine = machineMark({ what: 'open', ...visitor, sinceSentMs, link: 0, earlier: [] });
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
