import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { MEASURE_SEGMENTS, RECONCILE, SETTLE_VOUCHERS, SYSTEM_QUEUE } from '#workflows/contract.ts';

/** What Kairos does by the shop's own clock, one workflow each time. */
const SCHEDULES = [
  {
    id: `${RECONCILE}/nightly`,
    workflowType: RECONCILE,
    args: [{}],
    // When the fewest buy, and after what others do at full hours.
    at: { hour: 3, minute: 20 },
    // A night that an outage took is made up for within the day.
    catchupWindow: '12h',
  },
  {
    id: `${MEASURE_SEGMENTS}/hourly`,
    workflowType: MEASURE_SEGMENTS,
    args: [],
    // By a minute past, what happened within the hour is written.
    at: { hour: '*', minute: 1 },
    catchupWindow: '10m',
  },
  {
    id: `${SETTLE_VOUCHERS}/hourly`,
    workflowType: SETTLE_VOUCHERS,
    args: [],
    at: { hour: '*', minute: 31 },
    catchupWindow: '10m',
  },
] as const;

/** Sees to it that all schedules are there; `zone` is the shop's. */
export async function makeSchedules(client: Client, zone: string): Promise<void> {
  await Promise.all(SCHEDULES.map((schedule) => make(client, schedule, zone)));
}

async function make(
  client: Client,
  { id, at, workflowType, args, catchupWindow }: (typeof SCHEDULES)[number],
  timezone: string,
): Promise<void> {
  const spec = { calendars: [at], timezone };
  try {
    await client.schedule.create({
      scheduleId: id,
      spec,
      action: {
        type: 'startWorkflow',
        ...{ workflowType, taskQueue: SYSTEM_QUEUE, args: [...args], workflowId: id },
      },
      // One that still works does what the next would do.
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    // The shop may have another zone than at the last start; all else stays as an operator set it.
    await client.schedule.getHandle(id).update((known) => ({ ...known, spec }));
  }
}
