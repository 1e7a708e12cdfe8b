import type { ExportRow } from '#domain/export/export.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { toMajorUnits } from '#domain/profile/money.ts';
import type { Order } from '#domain/profile/profile.ts';
import {
  EVENT_PAGE_ROWS,
  PAGE_ROWS,
  pagesByTime,
  pagesWithWho,
  WHO_COLUMNS,
  type ExportStore,
  type ExportTable,
  type Span,
} from './export-table.ts';

/** What happened, as an import of events reads it. */
export function eventTable(store: ExportStore, span: Span): ExportTable {
  return {
    columns: [
      ...WHO_COLUMNS,
      { name: 'event', type: 'text' },
      { name: 'at', type: 'instant' },
      { name: 'message_id', type: 'text' },
      { name: 'properties', type: 'json' },
    ],
    own: [
      { name: 'kairos_kind', type: 'text' },
      { name: 'kairos_source', type: 'text' },
      { name: 'kairos_received_at', type: 'instant' },
      { name: 'kairos_profile_id', type: 'text' },
    ],
    pages: () =>
      pagesWithWho(
        store,
        pagesByTime(
          (after) => store.events({ after, limit: EVENT_PAGE_ROWS, ...span }),
          (event) => event.receivedAt,
        ),
        eventRow,
      ),
  };
}

function eventRow(event: StoredEvent, whose: ExportRow): ExportRow {
  return {
    ...whose,
    event: event.name,
    at: event.occurredAt,
    message_id: event._id,
    properties: event.properties,
    kairos_kind: event.kind,
    kairos_source: event.source,
    kairos_received_at: event.receivedAt,
    kairos_profile_id: event.profileId,
  };
}

/** One row an order, worth what it was worth before refunds; its lines are in its event. */
export function orderTable(store: ExportStore, span: Span): ExportTable {
  return {
    columns: [
      ...WHO_COLUMNS,
      { name: 'order_id', type: 'text' },
      { name: 'at', type: 'instant' },
      { name: 'revenue', type: 'number' },
      { name: 'currency', type: 'text' },
    ],
    own: [
      { name: 'kairos_refunded', type: 'number' },
      { name: 'kairos_profile_id', type: 'text' },
    ],
    pages: () =>
      pagesWithWho(
        store,
        pagesByTime(
          (after) => store.orders({ after, limit: PAGE_ROWS, ...span }),
          (order) => order.at,
        ),
        orderRow,
      ),
  };
}

function orderRow(order: Order, whose: ExportRow): ExportRow {
  const { orderId, at, revenue, refunded, currency, profileId } = order;
  return {
    ...whose,
    order_id: orderId,
    at,
    revenue: toMajorUnits(revenue, currency),
    currency,
    kairos_refunded: toMajorUnits(Math.min(refunded, revenue), currency),
    kairos_profile_id: profileId,
  };
}
