import { fcmPart } from '#sandbox/providers/fcm.ts';
import { infobipSmsPart, infobipViberPart } from '#sandbox/providers/infobip.ts';
import { sendgridPart } from '#sandbox/providers/sendgrid.ts';
import { twilioPart } from '#sandbox/providers/twilio.ts';
import { webPushPart } from '#sandbox/providers/web-push.ts';
import type { SandboxPart } from '#sandbox/sandbox-part.ts';

/** Every provider that the sandbox plays, one line each. */
export const SANDBOX_PARTS: readonly SandboxPart[] = [
  sendgridPart,
  twilioPart,
  fcmPart,
  webPushPart,
  infobipViberPart,
  infobipSmsPart,
];
