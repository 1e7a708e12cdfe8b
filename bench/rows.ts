import type { Row } from './row.ts';
import { appliedAndRouted } from './rows/applied-and-routed.ts';
import { campaign } from './rows/campaign.ts';
import { eventsAccepted } from './rows/events-accepted.ts';
import { fileImport } from './rows/file-import.ts';
import { history } from './rows/history.ts';
import { idle } from './rows/idle.ts';
import { latency } from './rows/latency.ts';
import { membership } from './rows/membership.ts';
import { oneMessageRun } from './rows/one-message-run.ts';
import { rendering } from './rows/rendering.ts';
import { segmentBackfill } from './rows/segment-backfill.ts';
import { segmentsOfAPerson } from './rows/segments-of-a-person.ts';
import { segmentsRouting } from './rows/segments-routing.ts';

/** Every row of the bench, in the order of the report. */
export const ROWS: readonly Row[] = [
  eventsAccepted,
  appliedAndRouted,
  segmentsRouting,
  segmentsOfAPerson,
  membership,
  fileImport,
  segmentBackfill,
  oneMessageRun,
  history,
  latency,
  idle,
  rendering,
  campaign,
];
