import { z } from 'zod';
import { SITE_CHANNELS } from '#domain/message/message.ts';
import { IN_APP_POSITIONS, WIDGET_KINDS } from '#domain/site/site-content.ts';
import { SITE_EVENTS } from '#domain/site/site-receipt.ts';
import type { StoredSiteMessage } from '#platform/site-documents.ts';
import { Instant, iso, isoOrNull } from '../views.ts';

const Button = z.object({ title: z.string(), link: z.string() }).optional();

const Content = z.object({
  title: z.string().optional(),
  body: z.string().optional().describe('With a little markup: docs/sdk.md.'),
  image: z.string().optional(),
  alt: z.string().optional(),
  link: z.string().optional().describe('Of a message in the inbox.'),
  button: Button,
  second: Button,
  position: z.enum([...IN_APP_POSITIONS]).optional(),
  pages: z.string().optional(),
  kind: z.enum(WIDGET_KINDS).optional().describe('Of a widget.'),
  slot: z.string().optional(),
  after: z.string().optional(),
  form: z.record(z.string(), z.string()).optional(),
});

export const SiteMessageView = z.object({
  id: z.string(),
  channel: z.enum(SITE_CHANNELS),
  at: Instant,
  readAt: Instant.nullable(),
  expiresAt: Instant,
  language: z.string().optional().describe('BCP 47: what it is written in.'),
  content: Content,
});
export type SiteMessageView = z.infer<typeof SiteMessageView>;

export function viewSiteMessage(message: StoredSiteMessage): SiteMessageView {
  const { _id: id, channel, content, language, createdAt, openedAt, expiresAt } = message;
  const { channel: _channel, expires: _expires, ...shown } = content;
  return {
    ...{ id, channel, content: shown },
    at: iso(createdAt),
    readAt: isoOrNull(openedAt ?? null),
    expiresAt: expiresAt.toISOString(),
    ...(language !== undefined && { language }),
  };
}

/** Receipts in one call: as many as a page can have shown. */
const RECEIPTS_MAX = 100;

export const ReceiptsBody = z.strictObject({
  receipts: z
    .array(z.strictObject({ id: z.string().min(1).max(500), event: z.enum(SITE_EVENTS) }))
    .min(1)
    .max(RECEIPTS_MAX),
});

/** FCM's tokens are some 160 characters today and documented as opaque. */
const TOKEN_MAX = 4_096;

export const GoneDeviceBody = z.strictObject({
  token: z
    .string()
    .min(1)
    .max(TOKEN_MAX)
    .regex(/^[^{]/, 'is no token of a phone: FCM’s never begin with a brace')
    .describe('FCM’s registration token of the app on this phone.'),
  messageId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{8,64}$/, 'is 8 to 64 letters, digits, hyphens and underscores')
    .optional()
    .describe('Of this call: a repeat is the same one. A UUID will do.'),
});
export type GoneDeviceBody = z.infer<typeof GoneDeviceBody>;

export const DeviceBody = GoneDeviceBody.extend({
  platform: z.enum(['android', 'ios']).optional(),
});
export type DeviceBody = z.infer<typeof DeviceBody>;

export const PushReceiptBody = z.strictObject({
  message_id: z.string().min(1).max(500).describe('`kairos_message_id` of the push’s data.'),
  event: z.enum(['received', 'tapped']),
});
export type PushReceiptBody = z.infer<typeof PushReceiptBody>;

const Field = z.string().trim().min(1).max(254);

export const FormBody = z.strictObject({
  id: z.string().min(1).max(500).describe('Of the message that shows the form.'),
  submission: z
    .string()
    .regex(/^[A-Za-z0-9_-]{8,64}$/, 'is 8 to 64 letters, digits, hyphens and underscores')
    .describe('Of this sending of it: a repeat is the same one. A UUID will do.'),
  fields: z
    .strictObject({
      name: Field.optional(),
      email: Field.optional(),
      phone: Field.optional(),
      birthday: z.iso.date().optional(),
    })
    .refine((fields) => Object.keys(fields).length > 0, 'Nothing is filled in.'),
  agree: z
    .boolean()
    .default(false)
    .describe('Whether the box beside the form’s `agree` was ticked; its words are the message’s.'),
});
export type FormBody = z.infer<typeof FormBody>;

export const FormReply = z.object({
  taken: z.array(z.string()),
  consents: z.record(z.string(), z.enum(['granted', 'pending'])),
});

export const SignUpBody = z.strictObject({
  provider: z.string().max(64),
  idToken: z
    .string()
    .max(16_384)
    .describe('With the SHA-256 of the anonymous id, in hex, as `nonce`.'),
});

/** A path without what follows a `?`: that may hold anything. */
export const PageQuery = z.strictObject({
  page: z.string().max(2_000).regex(/^\//, 'is no path such as `/cart`').optional(),
});

export const SiteProduct = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string().nullable(),
  image: z.string().nullable(),
  price: z.string().nullable().describe('As it is written in the language asked for.'),
});
export type SiteProduct = z.infer<typeof SiteProduct>;

/** Products in one block. */
export const PRODUCTS_MAX = 12;

export const ProductsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(PRODUCTS_MAX).default(6),
  language: z
    .string()
    .max(35)
    .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'is no language such as `en` or `pt-BR`')
    .default('en'),
});
