import type { Row } from './row.ts';
import { appliedAndRouted } from './rows/applied-and-routed.ts';
import { eventsAccepted } from './rows/events-accepted.ts';
import { history } from './rows/history.ts';
import { idle } from './rows/idle.ts';
import { latency } from './rows/latency.ts';
import { oneMessageRun } from './rows/one-message-run.ts';
import { rendering } from './rows/rendering.ts';

/** Every row of the bench, in the order of the report. */
export const ROWS: readonly Row[] = [
  eventsAccepted,
  appliedAndRouted,
  oneMessageRun,
  history,
  latency,
  idle,
  rendering,
];
