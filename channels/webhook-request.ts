import { DomainError } from '#domain/errors.ts';

/** A provider's POST to one of our webhooks, as it came: signatures cover its very bytes. */
export interface WebhookRequest {
  rawBody: Buffer;
  /** Names in lower case, as Node gives them. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Path and query as they were sent, e.g. `/v1/webhooks/twilio?message=…`. */
  target: string;
  /** Epoch ms: when it came in. */
  receivedAt: number;
}

/** One header's text; undefined if it is missing or repeated. */
export function headerOf({ headers }: WebhookRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** The refusal of a wrong or missing signature: the same for both, so that nothing is learned. */
export function wrongSignature(): DomainError {
  return new DomainError('forbidden', 'The signature of this webhook is missing or wrong.');
}
