import { z } from 'zod';
import type { StoredEvent } from '#domain/event/event.ts';
import { RUN_STATUSES, type Saved } from '#domain/journey/run.ts';
import { CHANNELS, MESSAGE_STATUSES, type StoredMessage } from '#domain/message/message.ts';
import { isSystemEvent } from '#events/list-events.ts';
import type { ListedRun } from '#journeys/list-runs.ts';

/** An instant in ISO 8601, UTC. */
export const Instant = z
  .string()
  .meta({ format: 'date-time', examples: ['2026-11-22T10:00:00.000Z'] });

/** An instant as somebody says it: with its zone. */
export const InstantSaid = z.iso
  .datetime({ offset: true, error: 'Write an instant such as 2026-11-22T10:00:00Z.' })
  .meta({ examples: ['2026-11-22T10:00:00.000Z'] });

export const iso = (ms: number): string => new Date(ms).toISOString();
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

const SavedView = z.object({
  amount: z.number().describe('The price of the channels that were not needed.'),
  currency: z.literal('USD').describe('As in the capability table; GET /v1/providers.'),
  channels: z
    .array(z.enum(CHANNELS))
    .describe('Those of them that would have reached the customer.'),
});

/** Of one US dollar. */
const MICROS = 1_000_000;

function viewSaved({ channels, micros }: Saved): z.infer<typeof SavedView> {
  return { amount: micros / MICROS, currency: 'USD', channels };
}

/** Over the whole way; null where no cascade spared a channel. */
function savedOn(path: ListedRun['path']): { amount: number; currency: 'USD' } | null {
  const saved = path.flatMap((left) => left.saved ?? []);
  if (saved.length === 0) return null;
  return { amount: saved.reduce((sum, { micros }) => sum + micros, 0) / MICROS, currency: 'USD' };
}

export const RunView = z.object({
  id: z.string(),
  journey: z.string(),
  version: z.number().int(),
  profileId: z.string(),
  status: z.enum(RUN_STATUSES),
  outcome: z
    .string()
    .nullable()
    .describe(
      'What the `end` step says, `exit:EVENT`, or `merged` where an older run of the same person goes on; null while it runs.',
    ),
  enteredAt: Instant,
  endedAt: Instant.nullable(),
  path: z.array(
    z.object({
      step: z.string(),
      at: Instant,
      outcome: z.string(),
      reason: z
        .string()
        .optional()
        .describe('Of a webhook that failed: a code, such as http503 or ETIMEDOUT.'),
      saved: SavedView.optional().describe('Of a cascade that reached: what it saved.'),
    }),
  ),
  saved: z
    .object({ amount: z.number(), currency: z.literal('USD') })
    .nullable()
    .describe('What its cascades saved against sending all their channels; null: nothing yet.'),
  conversion: z
    .object({ eventId: z.string(), at: Instant, value: z.number().nullable() })
    .nullable()
    .describe('The goal, once reached.'),
  temporal: z.object({
    workflowId: z.string(),
    runId: z.string().nullable().describe('Null until the workflow has started.'),
    url: z.string().nullable().describe('The run in Temporal’s UI.'),
  }),
});

/** Where Temporal's UI shows workflows; `ui` undefined where none is known. */
export interface TemporalLinks {
  ui: string | undefined;
  namespace: string;
}

export function viewRun(run: ListedRun, links: TemporalLinks): z.infer<typeof RunView> {
  return {
    id: run._id,
    journey: run.journey,
    version: run.version,
    profileId: run.profileId,
    status: run.status,
    outcome: run.outcome,
    enteredAt: iso(run.enteredAt),
    endedAt: isoOrNull(run.endedAt),
    path: run.path.map(({ step, at, outcome, reason, saved }) => ({
      ...{ step, at: iso(at), outcome },
      ...(reason !== undefined && { reason }),
      ...(saved !== undefined && { saved: viewSaved(saved) }),
    })),
    saved: savedOn(run.path),
    conversion: run.conversion === null ? null : { ...run.conversion, at: iso(run.conversion.at) },
    temporal: {
      workflowId: run._id,
      runId: run.temporalRunId,
      url: workflowUrl(run, links),
    },
  };
}

function workflowUrl(run: ListedRun, { ui, namespace }: TemporalLinks): string | null {
  if (ui === undefined) return null;
  const base = `${ui.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows`;
  const workflow = `${base}/${encodeURIComponent(run._id)}`;
  return run.temporalRunId === null ? workflow : `${workflow}/${run.temporalRunId}/history`;
}

export const MessageView = z.object({
  id: z.string(),
  runId: z.string(),
  profileId: z.string(),
  journey: z.string(),
  version: z.number().int(),
  step: z.string(),
  channel: z.enum(CHANNELS),
  provider: z.string().nullable(),
  template: z.string(),
  language: z.string().nullable(),
  status: z.enum(MESSAGE_STATUSES),
  reason: z.string().nullable().describe('Why it was suppressed, is held, or failed.'),
  details: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('What the gate’s word rests on, such as the cap that is full; docs/gate.md.'),
  heldUntil: Instant.nullable().describe('When the gate is asked again, while it holds it.'),
  history: z.array(
    z.object({ status: z.enum(MESSAGE_STATUSES), at: Instant, reason: z.string().optional() }),
  ),
  attempts: z.number().int().describe('How often the provider was called.'),
  createdAt: Instant,
  updatedAt: Instant,
});

export function viewMessage(message: StoredMessage): z.infer<typeof MessageView> {
  return {
    id: message._id,
    runId: message.runId,
    profileId: message.profileId,
    journey: message.journey,
    version: message.version,
    step: message.step,
    channel: message.channel,
    provider: message.provider,
    template: message.template,
    language: message.language,
    status: message.status,
    reason: message.reason,
    details: message.details ?? null,
    heldUntil: message.status === 'deferred' ? isoOrNull(message.heldUntil ?? null) : null,
    history: message.history.map((entry) => ({ ...entry, at: iso(entry.at) })),
    attempts: message.attempts,
    createdAt: iso(message.createdAt),
    updatedAt: iso(message.updatedAt),
  };
}

export const EventView = z.object({
  id: z.string().describe('The `messageId` it was sent with.'),
  name: z.string(),
  kind: z.string().describe('The kind of call: track, identify, page …'),
  occurredAt: Instant,
  receivedAt: Instant,
  source: z.string().describe('Who said so: server, browser, provider, admin.'),
  state: z.string().describe('accepted, applied (the profile knows), routed (the runs know).'),
  system: z
    .boolean()
    .describe(
      'Told by Kairos itself or by somebody in the shop (a segment entered, a merge), not something the customer did.',
    ),
  properties: z.record(z.string(), z.unknown()),
  attributes: z.record(z.string(), z.unknown()).optional(),
  consents: z.record(z.string(), z.unknown()).optional(),
});

export function viewEvent(event: StoredEvent): z.infer<typeof EventView> {
  return {
    id: event._id,
    name: event.name,
    kind: event.kind,
    occurredAt: iso(event.occurredAt),
    receivedAt: iso(event.receivedAt),
    source: event.source,
    state: event.state,
    system: isSystemEvent(event),
    properties: event.properties,
    ...(event.attributes === undefined ? {} : { attributes: event.attributes }),
    ...(event.consents === undefined ? {} : { consents: event.consents }),
  };
}

export const ConsentView = z.object({
  granted: z.boolean(),
  at: Instant,
  source: z.string().describe('Where it was said, as proof.'),
  text: z.string().optional().describe('The words the person agreed to.'),
  textVersion: z.string().optional().describe('Which version of these words.'),
  pending: z.literal(true).optional().describe('Asked for, and not confirmed yet.'),
  requestedAt: Instant.optional().describe('When it was asked for; `at` is when it was confirmed.'),
});

export const Told = {
  at: Instant.describe('When it was said.'),
  source: z
    .string()
    .nullable()
    .describe(
      'By whom: `server`, `browser`, `admin`, or `import:` and the id of an import; null: said before this was kept.',
    ),
};

/** Schema of profiles/read-profile.ts's ProfileView. */
export const ProfileReply = z.object({
  id: z.string(),
  identities: z.array(z.string()),
  attributes: z.record(z.string(), z.unknown()).describe('Facts somebody told us.'),
  told: z.record(z.string(), z.object(Told)).describe('When and by whom each attribute was said.'),
  traits: z
    .record(z.string(), z.unknown())
    .describe('Facts we computed; money as decimals in major units of `currency`.'),
  consents: z.record(z.string(), ConsentView),
  preferences: z.record(z.string(), z.unknown()).describe('What the customer wishes, by name.'),
  segments: z.array(z.object({ key: z.string(), since: Instant })),
  stage: z.string().nullable(),
  language: z.string().nullable(),
  zone: z.string().nullable(),
  cart: z.array(
    z.object({
      product_id: z.string(),
      cart_id: z.string().nullable(),
      name: z.string().nullable(),
      quantity: z.number(),
      price: z.number().nullable(),
      at: Instant,
    }),
  ),
  devices: z.array(z.object({ token: z.string(), at: Instant })).describe('Push addresses.'),
  createdAt: Instant,
  updatedAt: Instant,
  links: z.record(z.string(), z.string()).describe('Where each part is read in full.'),
});
