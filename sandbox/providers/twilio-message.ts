import type { Response } from 'express';
import { z } from 'zod';
import type { Accepted } from '#sandbox/accepted-messages.ts';
import type { SandboxAccounts } from '#sandbox/accounts.ts';
import type { ProviderContract } from '#sandbox/check-contract.ts';
import type { Desk } from '#sandbox/take-message.ts';

/** What the routes of Twilio's messages share. */
export interface TwilioParts {
  desk: Desk;
  account: SandboxAccounts['twilio'];
  contract: ProviderContract;
}

const Form = z.record(z.string(), z.string());
/** Characters of one part of a text message in the GSM alphabet. */
const SEGMENT_LENGTH = 160;

/** Twilio's error body. */
export function twilioRefusal(
  response: Response,
  status: number,
  { code, message }: { code: number; message: string },
): void {
  const more_info = `https://www.twilio.com/docs/errors/${String(code)}`;
  response.status(status).json({ code, message, more_info, status });
}

function rfc2822(at: number): string {
  return new Date(at).toUTCString().replace('GMT', '+0000');
}

/** What Twilio calls the message's state at this instant. */
function stateAt(accepted: Accepted, now: number): string {
  return accepted.receipts.findLast(({ due }) => due <= now)?.name ?? 'queued';
}

/** Twilio's resource of one message; `fresh` as it is in the answer that creates it. */
export function messageResource(
  account: SandboxAccounts['twilio'],
  accepted: Accepted,
  payload: unknown,
  fresh = false,
): Record<string, unknown> {
  const form = Form.parse(payload);
  const body = form.Body ?? '';
  const uri = `/2010-04-01/Accounts/${account.accountSid}/Messages/${accepted.id}`;
  const status = fresh ? 'queued' : stateAt(accepted, Date.now());
  return {
    account_sid: account.accountSid,
    api_version: '2010-04-01',
    body,
    date_created: rfc2822(accepted.at),
    date_sent: fresh ? null : rfc2822(accepted.at),
    date_updated: rfc2822(accepted.at),
    direction: 'outbound-api',
    error_code: status === 'undelivered' ? 30005 : null,
    error_message: null,
    from: form.From ?? null,
    messaging_service_sid: form.MessagingServiceSid ?? null,
    num_media: '0',
    num_segments: String(Math.max(1, Math.ceil(body.length / SEGMENT_LENGTH))),
    price: null,
    price_unit: 'USD',
    sid: accepted.id,
    status,
    subresource_uris: { media: `${uri}/Media.json` },
    to: accepted.to,
    uri: `${uri}.json`,
  };
}
