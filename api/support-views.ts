import { z } from 'zod';
import type { Journey } from '#domain/journey/journey.ts';
import type { StoredMessage } from '#domain/message/message.ts';
import { CHANNELS } from '#domain/message/message.ts';
import { ABSENCES } from '#journeys/explain-absence.ts';
import { describeStep, kindWord } from '#journeys/describe-step.ts';
import { describeWait, WAITS } from '#journeys/describe-wait.ts';
import { reasonWords } from '#messages/reason-words.ts';
import type { StoredRun } from '#platform/documents.ts';
import {
  EventView,
  Instant,
  iso,
  MessageView,
  ProfileReply,
  RunView,
  viewMessage,
  viewRun,
  type TemporalLinks,
} from './views.ts';

/** A message with the reason in words. */
export const SupportMessage = MessageView.extend({
  reasonWords: z.string().nullable().describe('The reason as a sentence.'),
});

export function viewSupportMessage(message: StoredMessage): z.infer<typeof SupportMessage> {
  const { reason } = message;
  return { ...viewMessage(message), reasonWords: reason === null ? null : reasonWords(reason) };
}

const SupportRun = RunView.extend({
  journeyName: z.string().nullable(),
  entry: z
    .object({
      kind: z.enum(['event', 'becomes', 'date', 'segment', 'api']),
      event: z.string().nullable().describe('Name of the event that began it, where one did.'),
      eventId: z.string(),
      at: Instant,
      key: z.string().nullable().describe('What tells runs of one person apart, such as a cart.'),
    })
    .describe('Why it began.'),
  speed: z.number().describe('1; more in a rehearsal, whose waits pass faster.'),
  path: z.array(
    z.object({
      step: z.string(),
      at: Instant,
      outcome: z.string(),
      reason: z.string().optional(),
      kind: z.string().nullable().describe('wait, waitFor, send, branch, webhook, task or end.'),
      words: z.string(),
    }),
  ),
  waitsFor: z
    .object({
      for: z.enum(WAITS),
      step: z.string().nullable(),
      since: Instant,
      until: Instant.nullable().describe('When it goes on by itself, where it does.'),
      events: z.array(z.string()),
      words: z.string(),
    })
    .nullable()
    .describe('Null once it has ended.'),
  messages: z.array(SupportMessage).describe('Oldest first.'),
});

const AbsenceView = z.object({
  journey: z.string(),
  journeyName: z.string(),
  status: z.enum(['draft', 'live', 'paused', 'stopped']),
  runs: z.number().int().describe('Runs this customer had of it all the same.'),
  reason: z.enum(ABSENCES),
  at: Instant.nullable(),
  words: z.string(),
});

/** Everything support asks about one customer, in one answer. */
export const SupportReply = z.object({
  profile: ProfileReply,
  runs: z.array(SupportRun).describe('Newest first.'),
  moreRuns: z.boolean().describe('There are older ones than those shown: raise `limit`.'),
  otherMessages: z
    .array(SupportMessage)
    .describe(
      'Of no run: those of campaigns, and those that POST /v1/messages was asked for; the newest 20, newest first.',
    ),
  suppressions: z
    .array(z.object({ channel: z.enum(CHANNELS), reason: z.string(), at: Instant }))
    .describe(
      'Which of the customer’s present addresses are on the suppression list, but for what their own later consent has lifted for them.',
    ),
  notEntered: z
    .array(AbsenceView)
    .describe('Journeys that the customer did not get into, or not again, and why.'),
  recentEvents: z.array(EventView).describe('The newest 20, newest first.'),
});

export interface RunFacts {
  definition: Journey | null;
  messages: readonly StoredMessage[];
}

export function viewSupportRun(
  run: StoredRun,
  { definition, messages }: RunFacts,
  links: TemporalLinks,
): z.infer<typeof SupportRun> {
  const wait = describeWait(run, definition);
  const view = viewRun(run, links);
  return {
    ...view,
    journeyName: definition?.name ?? null,
    entry: {
      kind: run.entry.kind,
      event: run.entry.event?.name ?? null,
      eventId: run.entry.id,
      at: iso(run.entry.at),
      key: run.entryKey,
    },
    speed: run.speed ?? 1,
    path: view.path.map((left) => {
      const step = definition?.steps[left.step];
      return {
        ...left,
        kind: kindWord(step),
        words: describeStep(step, left.outcome, left.reason),
      };
    }),
    waitsFor:
      wait === null
        ? null
        : {
            ...wait,
            since: iso(wait.since),
            until: wait.until === null ? null : iso(wait.until),
          },
    messages: messages.map(viewSupportMessage),
  };
}
