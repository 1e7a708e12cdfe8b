import { z } from 'zod';
import { shortInstant, table } from './table.ts';

const Message = z.looseObject({
  step: z.string(),
  channel: z.string(),
  template: z.string(),
  provider: z.string().nullable(),
  language: z.string().nullable(),
  status: z.string(),
  reason: z.string().nullable(),
  reasonWords: z.string().nullable(),
  // Absent in the answers of earlier versions.
  details: z.record(z.string(), z.unknown()).nullish(),
  heldUntil: z.string().nullish(),
  history: z.array(z.object({ status: z.string(), at: z.string() })),
});

const Run = z.looseObject({
  id: z.string(),
  journey: z.string(),
  journeyName: z.string().nullable(),
  version: z.number(),
  status: z.string(),
  outcome: z.string().nullable(),
  enteredAt: z.string(),
  endedAt: z.string().nullable(),
  speed: z.number(),
  entry: z.looseObject({
    kind: z.string(),
    event: z.string().nullable(),
    key: z.string().nullable(),
  }),
  path: z.array(z.looseObject({ step: z.string(), at: z.string(), words: z.string() })),
  waitsFor: z
    .looseObject({ step: z.string().nullable(), until: z.string().nullable(), words: z.string() })
    .nullable(),
  messages: z.array(Message),
  temporal: z.looseObject({ workflowId: z.string(), url: z.string().nullable() }),
});

/** What of the support answer is told; the rest is handed through to `--json`. */
export const Explanation = z.looseObject({
  profile: z.looseObject({
    id: z.string(),
    identities: z.array(z.string()),
    language: z.string().nullable(),
    zone: z.string().nullable(),
    consents: z.record(z.string(), z.looseObject({ granted: z.boolean() })),
  }),
  runs: z.array(Run),
  moreRuns: z.boolean(),
  suppressions: z.array(z.object({ channel: z.string(), reason: z.string(), at: z.string() })),
  notEntered: z.array(
    z.looseObject({
      journey: z.string(),
      runs: z.number(),
      at: z.string().nullable(),
      words: z.string(),
    }),
  ),
  recentEvents: z.array(
    z.looseObject({
      name: z.string(),
      occurredAt: z.string(),
      receivedAt: z.string(),
      source: z.string(),
    }),
  ),
});
export type Explanation = z.infer<typeof Explanation>;

/** Events told of in words; `--json` holds more of them. */
const EVENTS_TOLD = 8;

/** Beyond it, ms, both instants are told: client libraries hold events back for seconds, not minutes. */
const ON_TIME_MS = 60_000;

/** The answer as lines for a terminal, at `now` (epoch ms): what is not there is said, not left out. */
export function explanationLines(told: Explanation, now: number): string[] {
  return [
    ...customerLines(told),
    ...(told.runs.length === 0 ? ['', 'No runs.'] : told.runs.flatMap(runLines)),
    ...(told.moreRuns ? ['', 'There are older runs: raise --limit.'] : []),
    ...notEnteredLines(told.notEntered, now),
    ...eventLines(told.recentEvents),
  ];
}

function customerLines({ profile, suppressions }: Explanation): string[] {
  const consents = Object.entries(profile.consents).map(
    ([channel, { granted }]) => `${channel} ${granted ? 'yes' : 'no'}`,
  );
  const rows = [
    ['known as', profile.identities.join(', ') || 'nothing but this id'],
    ['language', profile.language ?? 'not known'],
    ['zone', profile.zone ?? 'not known'],
    ['consents', consents.join(', ') || 'none recorded'],
    ...suppressions.map(({ channel, reason, at }) => [
      'suppressed',
      `${channel}: ${reason}, since ${shortInstant(at)}`,
    ]),
  ];
  return [`Customer ${profile.id}`, ...table(rows, '  ')];
}

function runLines(run: Explanation['runs'][number]): string[] {
  const name = run.journeyName === null ? '' : ` (${run.journeyName})`;
  const faster = run.speed === 1 ? '' : `, rehearsed ${String(run.speed)} times as fast`;
  return [
    '',
    `Run ${run.id} of ${run.journey}${name}, version ${String(run.version)}${faster}`,
    ...table(
      [
        ['status', statusWords(run)],
        ['entered', `${shortInstant(run.enteredAt)}  ${entryWords(run.entry)}`],
      ],
      '  ',
    ),
    '  path',
    ...table(pathRows(run), '    '),
    '  messages',
    ...(run.messages.length === 0 ? ['    none'] : run.messages.flatMap(messageLines)),
    `  Temporal  ${run.temporal.url ?? `workflow ${run.temporal.workflowId}`}`,
  ];
}

function statusWords({ status, outcome, endedAt }: Explanation['runs'][number]): string {
  const how = outcome === null ? '' : `: ${outcome}`;
  return endedAt === null ? `${status}${how}` : `${status}${how}, ${shortInstant(endedAt)}`;
}

const ENTRY_WORDS: Readonly<Record<string, string>> = {
  becomes: 'its condition became true',
  date: 'its day came',
  api: 'asked for by the API',
};

function entryWords({ kind, event, key }: Explanation['runs'][number]['entry']): string {
  const why = event === null ? (ENTRY_WORDS[kind] ?? kind) : `by the event "${event}"`;
  return key === null ? why : `${why} (key ${key})`;
}

function pathRows({ path, waitsFor }: Explanation['runs'][number]): string[][] {
  const walked = path.map(({ at, step, words }) => [shortInstant(at), step, words]);
  if (waitsFor === null) return walked;
  const until = waitsFor.until === null ? '' : `, until ${shortInstant(waitsFor.until)}`;
  return [...walked, ['now', waitsFor.step ?? '', `waits for ${waitsFor.words}${until}`]];
}

function messageLines(message: Explanation['runs'][number]['messages'][number]): string[] {
  const { channel, step, template, status, provider, language, history } = message;
  const by = [provider, language].filter((word) => word !== null).join(', ');
  const why =
    message.reasonWords === null
      ? []
      : [`      because ${message.reasonWords}${gateWords(message)}`];
  const [first, ...later] = history;
  const times =
    first === undefined
      ? []
      : [
          `      ${shortInstant(first.at)} ${first.status}` +
            later.map(({ at, status: then }) => `, ${since(first.at, at)} ${then}`).join(''),
        ];
  const details = by === '' ? '' : ` (${by})`;
  return [`    ${channel} "${template}" at ${step}: ${status}${details}`, ...why, ...times];
}

/** What the gate's word rests on, and until when it stands. */
function gateWords({
  details,
  heldUntil,
}: Explanation['runs'][number]['messages'][number]): string {
  const said = Object.entries(details ?? {}).map(([name, value]) => `${name} ${String(value)}`);
  const why = said.length === 0 ? '' : ` (${said.join(', ')})`;
  return heldUntil == null ? why : `${why}, held until ${shortInstant(heldUntil)}`;
}

/** The day is said again only when it is another one. */
function since(first: string, at: string): string {
  const instant = shortInstant(at);
  return at.slice(0, 10) === first.slice(0, 10) ? instant.slice(11) : instant;
}

function notEnteredLines(absences: Explanation['notEntered'], now: number): string[] {
  if (absences.length === 0) return [];
  const rows = absences.map(({ journey, runs, words, at }) => [
    journey,
    `${runs === 0 ? '' : 'not again: '}${words}${instantWords(at, now)}`,
  ]);
  return ['', 'Not let in', ...table(rows, '  ')];
}

/** An instant to come is when the profile is looked at, not one at which something was so. */
function instantWords(at: string | null, now: number): string {
  if (at === null) return '';
  return Date.parse(at) > now ? `; next looked at ${shortInstant(at)}` : ` (${shortInstant(at)})`;
}

function eventLines(events: Explanation['recentEvents']): string[] {
  const rows = events
    .slice(0, EVENTS_TOLD)
    .map((event) => [shortInstant(event.occurredAt), event.name, originWords(event)]);
  return ['', 'Latest events', ...(rows.length === 0 ? ['  none'] : table(rows, '  '))];
}

function originWords({
  occurredAt,
  receivedAt,
  source,
}: Explanation['recentEvents'][number]): string {
  const apart = Math.abs(Date.parse(receivedAt) - Date.parse(occurredAt));
  const late = apart > ON_TIME_MS ? `, came in ${shortInstant(receivedAt)}` : '';
  return `from ${source}${late}`;
}
