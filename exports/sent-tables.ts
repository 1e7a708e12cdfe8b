import type { Column, ExportRow } from '#domain/export/export.ts';
import type { MessageStatus, StoredMessage } from '#domain/message/message.ts';
import type { StoredRun } from '#platform/documents.ts';
import {
  PAGE_ROWS,
  pagesByTime,
  pagesWithWho,
  WHO_COLUMNS,
  type ExportStore,
  type ExportTable,
  type Span,
} from './export-table.ts';

const PROFILE_ID: Column = { name: 'kairos_profile_id', type: 'text' };

/** Passages of people through journeys. */
export function runTable(store: ExportStore, span: Span): ExportTable {
  return {
    columns: [
      { name: 'run_id', type: 'text' },
      ...WHO_COLUMNS,
      { name: 'journey', type: 'text' },
      { name: 'version', type: 'number' },
      { name: 'status', type: 'text' },
      { name: 'outcome', type: 'text' },
      { name: 'entered_at', type: 'instant' },
      { name: 'ended_at', type: 'instant' },
      { name: 'converted_at', type: 'instant' },
      { name: 'conversion_value', type: 'number' },
      { name: 'path', type: 'json' },
    ],
    own: [PROFILE_ID],
    pages: () =>
      pagesWithWho(
        store,
        pagesByTime(
          (after) => store.runs({ after, limit: PAGE_ROWS, ...span }),
          (run) => run.enteredAt,
        ),
        runRow,
      ),
  };
}

function runRow(run: StoredRun, whose: ExportRow): ExportRow {
  return {
    run_id: run._id,
    ...whose,
    journey: run.journey,
    version: run.version,
    status: run.status,
    outcome: run.outcome,
    entered_at: run.enteredAt,
    ended_at: run.endedAt,
    converted_at: run.conversion?.at ?? null,
    conversion_value: run.conversion?.value ?? null,
    path: run.path.map(({ step, at, outcome }) => ({
      step,
      at: new Date(at).toISOString(),
      outcome,
    })),
    kairos_profile_id: run.profileId,
  };
}

/** Instants that reports ask for, by the status that was reached then. */
const STATUS_COLUMNS = [
  'sent',
  'delivered',
  'opened',
  'clicked',
] as const satisfies MessageStatus[];

/** What was sent, and what became of it; never what it said. */
export function messageTable(store: ExportStore, span: Span): ExportTable {
  return {
    columns: [
      { name: 'message_id', type: 'text' },
      { name: 'run_id', type: 'text' },
      ...WHO_COLUMNS,
      { name: 'journey', type: 'text' },
      { name: 'version', type: 'number' },
      { name: 'step', type: 'text' },
      { name: 'channel', type: 'text' },
      { name: 'provider', type: 'text' },
      { name: 'template', type: 'text' },
      { name: 'language', type: 'text' },
      { name: 'status', type: 'text' },
      { name: 'reason', type: 'text' },
      { name: 'attempts', type: 'number' },
      { name: 'created_at', type: 'instant' },
      ...STATUS_COLUMNS.map((status): Column => ({ name: `${status}_at`, type: 'instant' })),
      { name: 'updated_at', type: 'instant' },
    ],
    own: [PROFILE_ID],
    pages: () =>
      pagesWithWho(
        store,
        pagesByTime(
          (after) => store.messages({ after, limit: PAGE_ROWS, ...span }),
          (message) => message.createdAt,
        ),
        messageRow,
      ),
  };
}

function messageRow(message: StoredMessage, whose: ExportRow): ExportRow {
  const { journey, version, step, channel, provider, template, language } = message;
  const reached = STATUS_COLUMNS.map((status): [string, number | null] => {
    const at = message.history.find((entry) => entry.status === status)?.at;
    return [`${status}_at`, at ?? null];
  });
  return {
    message_id: message._id,
    run_id: message.runId,
    ...whose,
    ...{ journey, version, step, channel, provider, template, language },
    status: message.status,
    reason: message.reason,
    attempts: message.attempts,
    created_at: message.createdAt,
    ...Object.fromEntries(reached),
    updated_at: message.updatedAt,
    kairos_profile_id: message.profileId,
  };
}
