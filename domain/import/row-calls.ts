import type { JsonObject } from '#domain/json.ts';
import type { CellReader, RowFrame, Who } from './cell-reader.ts';
import { CellFault, type Row } from './row.ts';

/** Words for channels as files have them. */
const CHANNEL_NAMES: Readonly<Record<string, string>> = {
  'e-mail': 'email',
  mail: 'email',
  'web push': 'web-push',
  webpush: 'web-push',
  phone: 'call',
};
/** What is said of a row that could be the same as one of another file, and is not taken for it. */
const UNDATED = 'no date, so it counts as said now; the same file again says it again';
const CHANNEL = /^[a-z][a-z0-9-]{0,63}$/;

/** A person's facts as an `identify`. Without a date they were said when the import was asked for. */
export function profileCall(cells: CellReader): JsonObject {
  const who = cells.who();
  const at = saidInstant(cells);
  const call = {
    type: 'identify',
    ...ids(who),
    timestamp: iso(at ?? cells.frame.saidAt),
    traits: { ...who.traits, ...cells.named(cells.plan.attributes) },
  };
  return { messageId: rowId(cells, call, at), ...call };
}

/** Something that happened as a `track`; the same row in another file is the same event. */
export function eventCall(cells: CellReader): JsonObject {
  const who = cells.who();
  const at = neededInstant(cells);
  const { properties, ...rest } = cells.plan.properties;
  const traits = { ...who.traits, ...cells.named(cells.plan.attributes) };
  const call = {
    type: 'track',
    ...ids(who),
    event: cells.needed('event'),
    timestamp: iso(at),
    properties: {
      ...(properties === undefined ? {} : cells.object(properties)),
      ...cells.named(rest),
    },
    ...withTraits(traits),
  };
  const own = cells.text(cells.plan.fields.message_id);
  return { messageId: own ?? rowId(cells, call, at), ...call };
}

/** A consent or its withdrawal, with where and in which words it was given. */
export function consentCall(cells: CellReader): JsonObject {
  const who = cells.who();
  const at = saidInstant(cells);
  const written = cells.needed('channel').toLowerCase();
  const channel = CHANNEL_NAMES[written] ?? written;
  const granted = cells.yesNo('granted');
  if (!CHANNEL.test(channel)) {
    const column = cells.plan.fields.channel?.column ?? null;
    throw new CellFault(column, `"${column ?? 'channel'}" is no channel, such as email or sms.`);
  }
  const text = cells.text(cells.plan.fields.text);
  const version = cells.text(cells.plan.fields.text_version);
  const source = cells.text(cells.plan.fields.source) ?? 'import';
  const consent = {
    categoryPreferences: { [channel]: granted },
    source,
    ...(text === null ? {} : { text }),
    ...(version === null ? {} : { textVersion: version }),
  };
  const call = {
    type: 'track',
    ...ids(who),
    event: granted ? 'Consent Granted' : 'Consent Withdrawn',
    timestamp: iso(at ?? cells.frame.saidAt),
    properties: { channel },
    context: { consent, ...(Object.keys(who.traits).length > 0 ? { traits: who.traits } : {}) },
  };
  return { messageId: rowId(cells, call, at), ...call };
}

/** `userId` and `anonymousId` of a call. */
export function ids({ userId, anonymousId }: Pick<Who, 'userId' | 'anonymousId'>): JsonObject {
  return {
    ...(userId === undefined ? {} : { userId }),
    ...(anonymousId === undefined ? {} : { anonymousId }),
  };
}

/** Facts of the person on a call that is about something else. */
export function withTraits(traits: JsonObject): JsonObject {
  return Object.keys(traits).length > 0 ? { context: { traits } } : {};
}

/** When the row happened. @throws CellFault where it does not say. */
export function neededInstant(cells: CellReader): number {
  const at = cells.instant('at');
  if (at !== null) return at;
  const column = cells.plan.fields.at?.column ?? null;
  throw new CellFault(column, `"${column ?? 'at'}" is empty.`);
}

/** When somebody said what the row has; null, and noted for rows of a file, where it does not say. */
function saidInstant(cells: CellReader): number | null {
  const at = cells.instant('at');
  if (at === null && cells.row.origin === undefined) {
    const column = cells.plan.fields.at?.column ?? 'at';
    cells.changes.push({ column, change: UNDATED });
  }
  return at;
}

/**
 * The event's id. A row that says when is the same event in whatever file it comes; one that does
 * not was said by this import, and again by the next. A row of a database that says no instant is
 * the same as long as its key, its cursor value and what it says are.
 */
function rowId({ frame, row }: CellReader, call: JsonObject, at: number | null): string {
  return `import:${frame.tools.hash(at === null ? undatedWords(frame, row, call) : wordsOf(call))}`;
}

function undatedWords(frame: RowFrame, row: Row, call: JsonObject): string {
  if (row.origin === undefined) return `${frame.importId}|${String(row.number)}`;
  const { timestamp: _, ...said } = call;
  return `${frame.importId}|${JSON.stringify([row.origin.key, row.origin.value])}|${wordsOf(said)}`;
}

function wordsOf(call: JsonObject): string {
  return JSON.stringify(sortedKeys(call));
}

/** With keys in order, so that columns in another order make the same event. */
function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [two]) => (one < two ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sortedKeys(member)]));
}

/** An instant as tracking calls write it. */
export function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
