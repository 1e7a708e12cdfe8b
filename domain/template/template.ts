import { z } from 'zod';
import { invalid, type Fault } from '#domain/errors.ts';
import { CHANNELS } from '#domain/message/message.ts';
import { InAppContent, InboxContent, WidgetContent } from '#domain/site/site-content.ts';
import { filled } from '#domain/template/written.ts';
import { Tracking } from './template-links.ts';

/** Longest subject of an e-mail in characters: RFC 5322 allows a line of 998. */
const SUBJECT_MAX = 998;
/** Longest body in characters, as source; Gmail clips a rendered mail at about 102 KB. */
export const BODY_MAX = 200_000;
/** Languages of one template: more than any shop speaks, few enough to compile within a request. */
const LANGUAGES_MAX = 50;

/** Content of one message in every channel and language, as marketers write it. */
const EmailContent = z
  .strictObject({
    subject: filled(SUBJECT_MAX),
    /** What inboxes show after the subject; invisible in the mail itself. */
    preheader: filled(300).optional(),
    mjml: filled(BODY_MAX).optional(),
    html: filled(BODY_MAX).optional(),
    text: filled(BODY_MAX).optional(),
  })
  .refine((email) => (email.mjml === undefined) !== (email.html === undefined), {
    message: 'An e-mail has either `mjml` or `html`, not both and not neither.',
  });
export type EmailContent = z.infer<typeof EmailContent>;

const PushContent = z.strictObject({
  title: filled(500),
  body: filled(4_000),
  link: filled(2_000).optional(),
});

const WebPushContent = z.strictObject({
  title: filled(500),
  body: filled(4_000),
  link: filled(2_000).optional(),
  /** Address of a picture, https. */
  image: filled(2_000).optional(),
});

const SmsContent = z.strictObject({ text: filled(4_000) });

const ViberContent = z.strictObject({
  /** Viber takes 1000 characters; as source it may be longer. */
  text: filled(4_000),
  /** Address of a picture, https. */
  image: filled(2_000).optional(),
  /** Viber shows it below the text. */
  button: z.strictObject({ title: filled(500), link: filled(2_000) }).optional(),
});

export const LocalisedContent = z
  .strictObject({
    email: EmailContent.optional(),
    push: PushContent.optional(),
    'web-push': WebPushContent.optional(),
    sms: SmsContent.optional(),
    viber: ViberContent.optional(),
    'in-app': InAppContent.optional(),
    inbox: InboxContent.optional(),
    widget: WidgetContent.optional(),
  })
  .refine((content) => CHANNELS.some((channel) => content[channel] !== undefined), {
    message: `A language needs content for at least one channel: ${CHANNELS.join(', ')}.`,
  });
export type LocalisedContent = z.infer<typeof LocalisedContent>;

/** The name of a template or a block, by which others speak of it. */
export const ContentKey = z
  .string()
  .max(64, 'is longer than 64 characters')
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'is lower-case words joined by hyphens');

/** BCP 47 language -> content, in the order in which it was written: the first is the fallback. */
export function byLanguage<S extends z.ZodType>(content: S, what: 'template' | 'block') {
  return z
    .record(
      z
        .string()
        .max(35, 'is no language such as `en` or `pt-BR`')
        .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'is no language such as `en` or `pt-BR`'),
      content,
    )
    .refine((languages) => Object.keys(languages).length > 0, {
      message: `A ${what} needs content in at least one language.`,
    })
    .refine((languages) => Object.keys(languages).length <= LANGUAGES_MAX, {
      message: `A ${what} has at most ${String(LANGUAGES_MAX)} languages.`,
    });
}

export const Template = z.strictObject({
  key: ContentKey,
  kind: z.enum(['marketing', 'transactional']).default('marketing'),
  topic: filled(64).optional(),
  /** Whether it is told when its messages are opened and their links followed. */
  tracking: Tracking.optional(),
  languages: byLanguage(LocalisedContent, 'template'),
});
export type Template = z.infer<typeof Template>;

/** A JSON pointer in a URI fragment, `#/languages/en/email/subject`, from a path's parts. */
export function templatePointer(parts: readonly PropertyKey[]): string {
  return ['#', ...parts.map((part) => escapePart(String(part)))].join('/');
}

function escapePart(part: string): string {
  // A pointer quotes what the caller sent: bounded, and never half of a surrogate pair.
  const shown = part.slice(0, 64).replace(/[\0\p{Surrogate}]/gu, '?');
  return shown.replaceAll('~', '~0').replaceAll('/', '~1');
}

/**
 * Reads a template's shape from JSON or YAML that somebody sent. Throws the DomainError `invalid`
 * with every fault of the shape; Liquid and MJML are checked where they are compiled.
 */
export function parseTemplate(input: unknown): Template {
  return parseWritten(Template, input, 'template');
}

/** The same for any part of content that somebody wrote. */
export function parseWritten<T>(schema: z.ZodType<T>, input: unknown, what: string): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults: Fault[] = parsed.error.issues.flatMap((issue) => shapeFaults(issue));
  throw invalid(`The ${what} is not valid.`, faults);
}

function shapeFaults(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: templatePointer([...issue.path, key]),
      detail: 'Nothing of this name belongs here.',
    }));
  }
  const pointer = templatePointer(issue.path);
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => ({ pointer, detail: sentence(inner.message) }));
  }
  return [{ pointer, detail: sentence(issue.message) }];
}

/** `is empty` becomes `This is empty.`; whole sentences stay as they are. */
function sentence(message: string): string {
  const whole = /^[a-z]/.test(message) ? `This ${message}` : message;
  return whole.endsWith('.') ? whole : `${whole}.`;
}
