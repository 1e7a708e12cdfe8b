import { JWT } from 'google-auth-library';
import { z } from 'zod';
import { jsonOr, JsonText } from '#channels/json-text.ts';
import {
  ProviderError,
  type Capabilities,
  type Outgoing,
  type Provider,
} from '#channels/provider.ts';
import { defineProvider } from '#channels/provider-kind.ts';
import {
  connectionFailure,
  retryAfterMs,
  statusFailure,
  withDeadline,
} from '#channels/read-failure.ts';

const FcmSettings = z.object({
  serviceAccount: JsonText.pipe(
    z.object({
      project_id: z.string().min(1),
      client_email: z.string().min(1),
      private_key: z.string().min(1),
      private_key_id: z.string().optional(),
    }),
  ),
  baseUrl: z.url().optional(),
  tokenUrl: z.url().optional(),
});
type FcmSettings = z.infer<typeof FcmSettings>;

const CAPABILITIES: Capabilities = {
  // From the app, through tracking: FCM itself sends none.
  deliveryReceipts: true,
  openReceipts: true,
  acceptanceReceipts: false,
  lookup: false,
  idempotent: false,
  // FCM bounds the whole payload to 4096 bytes instead.
  maxLength: null,
  images: false,
  costMicros: 0,
};

const FCM_URL = 'https://fcm.googleapis.com';
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';

const Sent = z.object({ name: z.string() });
const Refusal = z
  .object({
    error: z.object({
      details: z
        .array(
          z.object({
            errorCode: z.string().optional(),
            fieldViolations: z.array(z.object({ field: z.string() })).optional(),
          }),
        )
        .optional(),
    }),
  })
  .catch({ error: {} });

/** The app is gone, or its token belongs to another project: this token never works for us. */
const DEAD_TOKEN = new Set(['UNREGISTERED', 'SENDER_ID_MISMATCH']);

/** Mobile push through FCM's HTTP v1 API. */
class FcmProvider implements Provider {
  readonly name = 'fcm';
  readonly channel = 'push';
  readonly capabilities = CAPABILITIES;
  private readonly jwt: JWT;
  private readonly url: string;

  constructor({ serviceAccount, baseUrl = FCM_URL, tokenUrl }: FcmSettings) {
    const base = baseUrl.replace(/\/+$/, '');
    this.url = `${base}/v1/projects/${serviceAccount.project_id}/messages:send`;
    this.jwt = new JWT({
      email: serviceAccount.client_email,
      key: serviceAccount.private_key,
      scopes: [SCOPE],
      ...(serviceAccount.private_key_id && { keyId: serviceAccount.private_key_id }),
      // The library knows one token address only; all it fetches with this transport is a token.
      ...(tokenUrl && {
        transporterOptions: { fetchImplementation: (_url, init) => fetch(tokenUrl, init) },
      }),
    });
  }

  async send(outgoing: Outgoing): Promise<{ providerId: string | null }> {
    const started = Date.now();
    const body = JSON.stringify({ message: messageOf(outgoing) });
    const token = await this.token(outgoing.timeoutMs);
    const left = Math.max(1, outgoing.timeoutMs - (Date.now() - started));
    try {
      return await withDeadline('fcm', left, this.post(body, token, left));
    } catch (error) {
      throw connectionFailure('fcm', error);
    }
  }

  /** Whatever goes wrong here, nothing was sent yet. */
  private async token(timeoutMs: number): Promise<string> {
    try {
      const { token } = await withDeadline('fcm', timeoutMs, this.jwt.getAccessToken());
      if (token) return token;
    } catch (error) {
      const { status } = z.object({ status: z.number() }).catch({ status: 503 }).parse(error);
      if (status >= 500 || status === 429) throw new ProviderError('retryLater', 'fcm-token');
    }
    throw new ProviderError('ourFault', 'fcm-token');
  }

  private async post(
    body: string,
    token: string,
    timeoutMs: number,
  ): Promise<{ providerId: string | null }> {
    const answer = await fetch(this.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await answer.text();
    if (answer.ok) return { providerId: Sent.safeParse(jsonOr(text, {})).data?.name ?? null };
    throw refusalOf(answer.status, text, answer.headers.get('retry-after'));
  }
}

/** FCM keeps nothing for a phone that is off any longer, in ms: 28 days. */
const TTL_MAX_MS = 28 * 86_400_000;

/** Until when FCM and Apple keep it for a phone that is off; both keep it for weeks if not told. */
function lifeOf({ expiresInMs }: Outgoing): object {
  if (expiresInMs === undefined) return {};
  const seconds = Math.max(0, Math.floor(Math.min(expiresInMs, TTL_MAX_MS) / 1_000));
  const until = Math.floor(Date.now() / 1_000) + seconds;
  return {
    android: { ttl: `${String(seconds)}s` },
    apns: { headers: { 'apns-expiration': String(until) } },
  };
}

function messageOf(outgoing: Outgoing): object {
  const { content, to, messageId } = outgoing;
  if (content.channel !== 'push') throw new ProviderError('ourFault', 'fcm-wrong-channel');
  return {
    token: to,
    notification: { title: content.title, body: content.body },
    // The app repeats our id in what it tracks; FCM's data holds texts only.
    data: {
      kairos_message_id: messageId,
      ...(content.link !== undefined && { link: content.link }),
    },
    ...lifeOf(outgoing),
  };
}

function refusalOf(status: number, text: string, retryAfter: string | null): ProviderError {
  const details = Refusal.parse(jsonOr(text, {})).error.details ?? [];
  const code = details.find(({ errorCode }) => errorCode !== undefined)?.errorCode;
  const named = `fcm-${code ?? String(status)}`;
  if (code !== undefined && DEAD_TOKEN.has(code)) return new ProviderError('badAddress', named);
  const general = statusFailure('fcm', status, retryAfterMs(retryAfter, Date.now()));
  if (general) return general;
  const badToken = details.some(({ fieldViolations = [] }) =>
    fieldViolations.some(({ field }) => field === 'message.token'),
  );
  return new ProviderError(badToken || status === 404 ? 'badAddress' : 'ourFault', named);
}

export const fcm = defineProvider({
  name: 'fcm',
  channel: 'push',
  capabilities: CAPABILITIES,
  setBy: ['FCM_SERVICE_ACCOUNT'],
  variables: {
    serviceAccount: 'FCM_SERVICE_ACCOUNT',
    baseUrl: 'FCM_BASE_URL',
    tokenUrl: 'FCM_TOKEN_URL',
  },
  settings: FcmSettings,
  create: (settings) => new FcmProvider(settings),
});
