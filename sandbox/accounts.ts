import { createECDH, generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import { z } from 'zod';

/** Google's file for a service account, as far as it is needed to sign in. */
const ServiceAccount = z.object({
  type: z.literal('service_account'),
  project_id: z.string(),
  private_key_id: z.string(),
  private_key: z.string(),
  client_email: z.string(),
  client_id: z.string(),
  token_uri: z.string(),
});

const WebPushAccount = z.object({
  /** VAPID's pair of keys, in base64url. */
  publicKey: z.string(),
  privateKey: z.string(),
  /** The browser that the sandbox plays. */
  browser: z.object({ publicKey: z.string(), privateKey: z.string(), auth: z.string() }),
});

function makeKeyPair(): { publicKey: string; privateKey: string } {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  // A secret that begins with a zero byte is given out shorter.
  const secret = Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()]).subarray(-32);
  return {
    publicKey: pair.getPublicKey('base64url'),
    privateKey: secret.toString('base64url'),
  };
}

function makeWebPushAccount(): z.infer<typeof WebPushAccount> {
  const auth = randomBytes(16).toString('base64url');
  return { ...makeKeyPair(), browser: { ...makeKeyPair(), auth } };
}

const InfobipAccount = z.object({ apiKey: z.string(), viberSender: z.string() });

function makeInfobipAccount(): z.infer<typeof InfobipAccount> {
  return { apiKey: randomBytes(24).toString('hex'), viberSender: 'KairosShop' };
}

/** The fictitious accounts the sandbox knows: made once for a data folder, and kept with its keys. */
export const SandboxAccounts = z.object({
  sendgrid: z.object({
    apiKey: z.string(),
    /** DER in base64, as SendGrid's settings page shows it. */
    webhookPublicKey: z.string(),
    /** PKCS #8 PEM. */
    webhookPrivateKey: z.string(),
  }),
  twilio: z.object({ accountSid: z.string(), authToken: z.string(), from: z.string() }),
  fcm: z.object({ serviceAccount: ServiceAccount }),
  /** Absent in data folders from before there was Viber. */
  infobip: InfobipAccount.default(makeInfobipAccount),
  /** Absent in data folders from before there was web push. */
  webPush: WebPushAccount.default(makeWebPushAccount),
});
export type SandboxAccounts = z.infer<typeof SandboxAccounts>;

/** New random accounts in the providers' own shapes. Takes about 0.2 s (an RSA key is made). */
export function makeSandboxAccounts(): SandboxAccounts {
  const webhook = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const google = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const project = `kairos-sandbox-${randomBytes(3).toString('hex')}`;
  const token = (bytes: number): string => randomBytes(bytes).toString('base64url');
  return {
    sendgrid: {
      apiKey: `SG.${token(16)}.${token(32)}`,
      webhookPublicKey: webhook.publicKey
        .export({ type: 'spki', format: 'der' })
        .toString('base64'),
      webhookPrivateKey: webhook.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    },
    twilio: {
      accountSid: `AC${randomBytes(16).toString('hex')}`,
      authToken: randomBytes(16).toString('hex'),
      // 555-01xx is kept for fiction: no such number is ever given to anybody.
      from: `+1202555${String(randomInt(100, 200)).padStart(4, '0')}`,
    },
    fcm: {
      serviceAccount: {
        type: 'service_account',
        project_id: project,
        private_key_id: randomBytes(20).toString('hex'),
        private_key: google.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        client_email: `kairos@${project}.iam.gserviceaccount.com`,
        client_id: String(randomInt(1, 2 ** 47)),
        token_uri: 'https://oauth2.googleapis.com/token',
      },
    },
    infobip: makeInfobipAccount(),
    webPush: makeWebPushAccount(),
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What makes a channel real: any one of its variables. */
const REAL = {
  email: ['SENDGRID_API_KEY', 'SMTP_URL'],
  sms: ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'],
  push: ['FCM_SERVICE_ACCOUNT'],
  viber: ['INFOBIP_API_KEY'],
  'web-push': ['VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY'],
} as const;

function isReal(env: Environment, channel: keyof typeof REAL): boolean {
  return REAL[channel].some((name) => Boolean(env[name]));
}

/**
 * True while e-mail, SMS or push has no real provider in the environment. Viber and web push alone are
 * no reason: a shop that has the others and uses neither has no use for a sandbox.
 */
export function usesSandbox(env: Environment): boolean {
  return !isReal(env, 'email') || !isReal(env, 'sms') || !isReal(env, 'push');
}

/**
 * The variables that point every channel without a real provider at the sandbox. A channel is
 * taken whole or not at all, so that a real key is never sent to a sandbox's address nor a
 * sandbox's key to a real one; variables that are set already are left alone.
 */
export function sandboxEnvironment(
  accounts: SandboxAccounts,
  sandboxUrl: string,
  env: Environment,
): Record<string, string> {
  const base = sandboxUrl.replace(/\/+$/, '');
  const made: Record<string, string> = {};
  if (!usesSandbox(env)) return made;
  if (!isReal(env, 'email')) {
    made.SENDGRID_API_KEY = accounts.sendgrid.apiKey;
    made.SENDGRID_BASE_URL = base;
    made.SENDGRID_WEBHOOK_PUBLIC_KEY = accounts.sendgrid.webhookPublicKey;
    if (!env.MAIL_FROM) made.MAIL_FROM = 'shop@kairos.example';
  }
  if (!isReal(env, 'sms')) {
    made.TWILIO_ACCOUNT_SID = accounts.twilio.accountSid;
    made.TWILIO_AUTH_TOKEN = accounts.twilio.authToken;
    made.TWILIO_FROM = accounts.twilio.from;
    made.TWILIO_BASE_URL = base;
  }
  if (!isReal(env, 'push')) {
    made.FCM_SERVICE_ACCOUNT = JSON.stringify(accounts.fcm.serviceAccount);
    made.FCM_BASE_URL = base;
    made.FCM_TOKEN_URL = `${base}/token`;
  }
  if (!isReal(env, 'web-push')) {
    made.VAPID_PUBLIC_KEY = accounts.webPush.publicKey;
    made.VAPID_PRIVATE_KEY = accounts.webPush.privateKey;
    if (!env.VAPID_SUBJECT) made.VAPID_SUBJECT = 'mailto:shop@kairos.example';
    made.WEB_PUSH_BASE_URL = base;
  }
  if (!isReal(env, 'viber')) {
    made.INFOBIP_API_KEY = accounts.infobip.apiKey;
    made.INFOBIP_BASE_URL = base;
    if (!env.INFOBIP_VIBER_SENDER) made.INFOBIP_VIBER_SENDER = accounts.infobip.viberSender;
  }
  return made;
}
