import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import type { Json } from '#domain/json.ts';
import { CARRIED_CHANNELS, CHANNELS } from '#domain/message/message.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { LINT_RULES } from '#domain/template/lint-content.ts';
import { smsParts } from '#domain/template/sms-parts.ts';
import { checkLinks } from '#templates/check-links.ts';
import {
  findingsIn,
  lintTemplate,
  SAMPLE_MAX,
  textSent,
  type AsPerson,
  type LengthLimits,
} from '#templates/lint-template.ts';
import { languagesOf, type PreparedTemplate } from '#templates/prepare-template.ts';
import { renderMessage, type Rendering } from '#templates/render-message.ts';
import type { Scope } from '../auth.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route } from '../route.ts';
import {
  asPerson,
  entryEventOf,
  entryOf,
  entryOfSample,
  stranger,
  type Occasion,
} from '../template-people.ts';
import { KeyParam } from '../template-views.ts';
import { Identity } from '../identity-word.ts';

const AnyJson: z.ZodType<Json> = z.json();

export const WhichAsked = z
  .union([z.enum(['published', 'draft']), z.number().int().min(1)])
  .default('published')
  .describe('What messages are made of, the draft, or the number of an older version.');

const Event = z
  .string()
  .min(1)
  .max(500)
  .describe(
    'An event of this customer by its id, or by its name: their latest. Absent: the event by which people enter a journey that sends the template, where they have one.',
  );

/** As whom and why a template is tried out. */
export const PersonAsked = {
  version: WhichAsked,
  profile: Identity.optional().describe('Absent: somebody of whom nothing is known.'),
  event: Event.optional(),
  properties: z
    .record(z.string(), AnyJson)
    .optional()
    .describe('Instead of the event’s: `entry.properties`.'),
  language: z.string().max(35).optional().describe('BCP 47, instead of the customer’s.'),
};

/** What is said of routes that show one person where one is named. */
export const OF_SOMEBODY = 'A key needs `profiles:read` as well where `profile` names a customer.';

/** What is known of a customer is shown to those who may read it. */
export function readsProfile({ profile }: { profile?: string | undefined }): readonly Scope[] {
  return profile === undefined ? [] : ['profiles:read'];
}

const Finding = z.object({ rule: z.enum(LINT_RULES), detail: z.string() });

const Shown = z.object({
  language: z.string().nullable(),
  suppressed: z
    .string()
    .nullable()
    .describe('The reason for which nothing would be sent; null: it would.'),
  detail: z.string().nullable().describe('What is missing, where something is.'),
  content: z
    .record(z.string(), z.union([z.string(), z.record(z.string(), z.string())]))
    .nullable()
    .describe('`subject`, `html`, `text`; or `title`, `body`, `link`; or `text`, `button`.'),
  size: z
    .object({
      bytes: z
        .number()
        .int()
        .describe(
          'Of the HTML, or of the text; of an SMS as it goes out, tracked links being short.',
        ),
      segments: z.number().int().optional().describe('Of an SMS: how often it is paid.'),
      alphabet: z.enum(['GSM-7', 'UCS-2']).optional(),
    })
    .nullable(),
  findings: z.array(Finding),
});

/** Tries a template out on real people; nothing is sent, nothing is used up. */
export function templatePreviewRoutes(deps: AppDeps): Route[] {
  return [previewRoute(deps), lintRoute(deps)];
}

function previewRoute(deps: AppDeps): Route {
  return route({
    method: 'post',
    path: '/v1/templates/{key}/preview',
    id: 'previewTemplate',
    tag: 'Templates',
    summary: 'Show what a person would get',
    description: `In every channel the template has. Nothing is sent and nothing is used up. ${OF_SOMEBODY}`,
    scope: 'templates:read',
    alsoScope: readsProfile,
    params: KeyParam,
    body: { schema: z.strictObject(PersonAsked) },
    status: 200,
    reply: z.object({
      profileId: z.string().nullable(),
      event: z.object({ id: z.string(), name: z.string() }).nullable(),
      channels: z.partialRecord(z.enum(CHANNELS), Shown),
    }),
    errors: ['not-found'],
    async handle({ params, body }) {
      const template = await deps.templates.open(params.key, body.version);
      const { person, event } = await personAsked(deps, template, body);
      const channels = CHANNELS.filter((channel) => languagesOf(template, channel).length > 0);
      const shown = channels.map((channel) => {
        const rendering = renderMessage({ template, channel, ...person });
        return [channel, show(template, rendering, { person, limits: limitsOf(deps) })] as const;
      });
      return {
        body: {
          profileId: person.profileId === '' ? null : person.profileId,
          event,
          channels: Object.fromEntries(shown),
        },
      };
    },
  });
}

/** The person and the occasion that were asked for. @throws DomainError `not-found` */
export async function personAsked(
  deps: AppDeps,
  template: PreparedTemplate,
  asked: Occasion & { profile?: string | undefined; language?: string | undefined },
): Promise<{ person: AsPerson; event: { id: string; name: string } | null }> {
  const profile = await profileAsked(deps, asked.profile);
  const isSaid = asked.event !== undefined || asked.properties !== undefined;
  const entry = isSaid
    ? await entryOf(deps, profile, asked)
    : await entryOfSample(deps, profile, { event: await entryEventOf(deps, template.key) });
  const person = await asPerson(deps, template, { profile, entry, language: asked.language });
  const event = entry.event === null ? null : { id: entry.event.id, name: entry.event.name };
  return { person, event };
}

async function profileAsked(deps: AppDeps, identity: string | undefined): Promise<Profile> {
  if (identity === undefined) return stranger(deps.clock());
  const profile = await deps.findProfile(identity);
  if (profile === null) throw new DomainError('not-found', 'There is no such customer.');
  return profile;
}

/** Whoever is called first says how long a text may be. */
function limitsOf({ providers }: Pick<AppDeps, 'providers'>): LengthLimits {
  const limits = CARRIED_CHANNELS.map((channel) => {
    const [first] = providers[channel];
    return [channel, first?.capabilities.maxLength ?? null] as const;
  });
  return Object.fromEntries(limits);
}

function show(
  template: PreparedTemplate,
  rendering: Rendering,
  { person, limits }: { person: AsPerson; limits: LengthLimits },
): z.infer<typeof Shown> {
  const findings = findingsIn(template, rendering, { person, limits });
  const detail = 'missing' in rendering ? rendering.missing : null;
  const nothing = { language: null, detail, content: null, size: null, findings };
  if (!('content' in rendering)) return { ...nothing, suppressed: suppressedFor(rendering) };
  const { channel, ...content } = rendering.content;
  return {
    language: rendering.language,
    ...{ suppressed: null, detail: null, content, findings },
    size: sizeOf(content, textSent(template, rendering.content, person)),
  };
}

function suppressedFor(rendering: Exclude<Rendering, { content: unknown }>): string {
  if ('missing' in rendering) return 'missingValue';
  if ('aborted' in rendering) return `aborted: ${rendering.aborted}`;
  return 'error' in rendering ? rendering.error : 'noContent';
}

function sizeOf(
  content: { html?: string; text?: string; body?: string },
  sent: string | null,
): NonNullable<z.infer<typeof Shown>['size']> {
  const bytes = Buffer.byteLength(sent ?? content.html ?? content.text ?? content.body ?? '');
  if (sent === null) return { bytes };
  const { segments, alphabet } = smsParts(sent);
  return { bytes, segments, alphabet };
}

const LintAsked = z.strictObject({
  version: WhichAsked,
  sample: z.number().int().min(1).max(SAMPLE_MAX).default(SAMPLE_MAX),
  segment: z.string().max(200).optional().describe('Only people in this segment.'),
  event: Event.optional(),
  properties: PersonAsked.properties,
  checkLinks: z
    .boolean()
    .default(false)
    .describe('Calls the links that are written out, 50 at the most: up to half a minute.'),
});

const LinksView = z.object({
  checked: z.number().int().describe('Links that answered, or surely lead nowhere.'),
  unanswered: z
    .number()
    .int()
    .describe('Nothing was heard of these within 5 s, or nothing may be called there.'),
  left: z.number().int().describe('More than are called at once: nothing is said of them.'),
});

function lintRoute(deps: AppDeps): Route {
  return route({
    method: 'post',
    path: '/v1/templates/{key}/lint',
    id: 'lintTemplate',
    tag: 'Templates',
    summary: 'Look over what a sample of people would get',
    description:
      'Values that are missing, SMS that are paid more than once, mails that are cut off, cannot be read as text or cannot be left, texts that are longer than the provider takes, links that open nothing (by their looks). With `checkLinks` the links that are written out without Liquid in mails, texts and pushes are called, and those that lead to no page (404, 410) or to no host are found.',
    // It shows what is known of a sample of customers.
    scope: ['templates:read', 'profiles:read'],
    params: KeyParam,
    body: { schema: LintAsked.optional(), optional: true },
    status: 200,
    reply: z.object({
      sampled: z.number().int(),
      event: z.string().nullable().describe('The event whose latest each of them was given.'),
      channels: z.partialRecord(
        z.enum(CHANNELS),
        z.object({
          made: z.number().int(),
          suppressed: z.number().int().describe('Nothing would be sent, for what is in it.'),
          byLanguage: z.record(z.string(), z.number().int()),
          segments: z.record(z.string(), z.number().int()).optional(),
        }),
      ),
      links: LinksView.nullable().describe('Null: none were called.'),
      findings: z.array(
        Finding.extend({
          channel: z.enum(CHANNELS),
          language: z.string().nullable(),
          messages: z.number().int(),
          examples: z.array(z.string()).describe('Ids of some profiles.'),
        }),
      ),
    }),
    errors: ['not-found'],
    async handle({ params, body }) {
      const asked = LintAsked.parse(body ?? {});
      const template = await deps.templates.open(params.key, asked.version);
      const isSaid = asked.event !== undefined || asked.properties !== undefined;
      const event = isSaid ? asked.event : await entryEventOf(deps, params.key);
      const people = samplePeople(deps, template, { ...asked, event });
      const report = await lintTemplate(template, people, limitsOf(deps));
      const called = asked.checkLinks
        ? await checkLinks(template, deps.callLink, report.channels)
        : { links: null, findings: [] };
      const findings = [...report.findings, ...called.findings];
      return { body: { ...report, findings, links: called.links, event: event ?? null } };
    },
  });
}

/** People picked by chance, or the first ones of a segment. */
async function* samplePeople(
  deps: AppDeps,
  template: PreparedTemplate,
  asked: Occasion & { sample: number; segment?: string | undefined },
): AsyncGenerator<AsPerson> {
  const { profiles } = deps.mongo.collections;
  const { segment, sample } = asked;
  const found =
    segment === undefined
      ? profiles.aggregate<Profile>([{ $sample: { size: sample } }])
      : profiles.find({ 'segments.key': segment }).limit(sample);
  for await (const profile of found) {
    if (profile.mergedInto !== null || profile.erasedAt !== null) continue;
    const entry = await entryOfSample(deps, profile, asked);
    yield await asPerson(deps, template, { profile, entry });
  }
}
