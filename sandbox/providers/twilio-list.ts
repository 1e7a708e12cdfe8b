import type { Request, Response } from 'express';
import type { Accepted } from '#sandbox/accepted-messages.ts';
import {
  messageResource,
  twilioRefusal,
  type TwilioParts,
} from '#sandbox/providers/twilio-message.ts';

/** Twilio's own page size where the request names none. */
const PAGE_SIZE = 50;
const SECOND_MS = 1000;

/** The messages to one number, latest first, a page at a time, as Twilio lists them. */
export async function listMessages(
  { desk, account, contract }: TwilioParts,
  request: Request,
  response: Response,
): Promise<void> {
  const path = `/2010-04-01/Accounts/${account.accountSid}/Messages.json`;
  const query = readQuery(request);
  const [fault] = contract.check('ListMessage', { method: 'GET', path, query: { ...query } });
  const bounds = dateBounds(query);
  if (fault || !bounds) {
    twilioRefusal(response, 400, { code: 20001, message: 'Invalid parameter' });
    return;
  }
  const size = Number(query.PageSize ?? PAGE_SIZE);
  const page = Number(query.Page ?? 0);
  const found = matching(desk.messages.to('sms', query.To ?? ''), bounds);
  const rows = found.slice(page * size, (page + 1) * size);
  const link = (number: number): string =>
    `${path}?${new URLSearchParams({ ...query, PageSize: String(size), Page: String(number) }).toString()}`;
  const messages = await Promise.all(
    rows.map(async (row) => messageResource(account, row, await desk.messages.payloadOf(row))),
  );
  response.json({
    messages,
    page,
    page_size: size,
    start: page * size,
    end: page * size + Math.max(0, rows.length - 1),
    uri: link(page),
    first_page_uri: link(0),
    next_page_uri: found.length > (page + 1) * size ? link(page + 1) : null,
    previous_page_uri: page > 0 ? link(page - 1) : null,
  });
}

function readQuery(request: Request): Record<string, string> {
  const { searchParams } = new URL(request.originalUrl, 'http://sandbox');
  return Object.fromEntries(searchParams);
}

/** The instants between which messages are asked for; null if one of them is no date. */
function dateBounds(query: Record<string, string>): { from: number; before: number } | null {
  const from = query['DateSent>'] === undefined ? 0 : Date.parse(query['DateSent>']);
  const before = query['DateSent<'] === undefined ? Infinity : Date.parse(query['DateSent<']);
  return Number.isNaN(from) || Number.isNaN(before) ? null : { from, before };
}

/** Twilio knows the instant of a message to the second only. */
function matching(
  rows: Accepted[],
  { from, before }: { from: number; before: number },
): Accepted[] {
  const second = (at: number): number => Math.floor(at / SECOND_MS) * SECOND_MS;
  return rows.filter(({ at }) => second(at) >= from && second(at) <= before).reverse();
}
