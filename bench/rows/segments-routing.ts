import type { Ground } from '../ground.ts';
import { batches, knowCustomers, post, productViewed, range, routed } from '../load.ts';
import { routeBacklog } from '../route-backlog.ts';
import type { Row, Side } from '../row.ts';
import { onlySegments, type Written } from '../segments.ts';

const EVENTS = { full: 30_000, quick: 5_000, smoke: 300 };
const CUSTOMERS = { full: 10_000, quick: 1_000, smoke: 40 };
const WITHIN_MS = 300_000;

const READ = 20;
const OTHERS = 180;
const WINDOWS = ['P7D', 'P30D', 'P90D'];
/** More views than anybody makes here: that memberships change is not what is measured. */
const OUT_OF_REACH = 500;

/** Counted windows over the very event that comes in; half of them of one category only. */
const READERS = range(0, READ).map((number): Written => {
  const within = WINDOWS[number % WINDOWS.length];
  const where = { 'properties.category': { is: 'shoes/outdoor' } };
  const counted = { event: 'Product Viewed', within, atLeast: OUT_OF_REACH + number };
  return [`reads-${String(number)}`, number % 2 === 0 ? counted : { ...counted, where }];
});

/** A third each by what is known of a customer, by their orders, and by other events. */
const STRANGERS = range(0, OTHERS).map((number): Written => {
  const key = `other-${String(number)}`;
  if (number % 3 === 0) return [key, { attribute: `interest_${String(number)}`, is: 'boots' }];
  if (number % 3 === 1) return [key, { trait: 'orders_count', gte: number }];
  return [key, { event: `Rare No. ${String(number)}`, within: 'P30D' }];
});

const NONE = { side: 'none', label: 'the same without any segment' } as const;

export const segmentsRouting: Row = {
  name: 'segments-routing',
  title: 'Events applied and routed with 200 live segments, 20 of which read the event',
  lines: [
    {
      what: 'a backlog applied and routed',
      side: 'segments',
      ...{ figure: 'perSecond', unit: '/s' },
      against: { ...NONE, better: 'more', target: 0.7 },
    },
    {
      what: 'CPU per event: worker',
      side: 'segments',
      ...{ figure: 'workerMs', unit: 'ms' },
      against: { ...NONE, better: 'less' },
    },
    {
      what: 'CPU per event: MongoDB',
      side: 'segments',
      ...{ figure: 'mongodMs', unit: 'ms' },
      against: { ...NONE, better: 'less' },
    },
  ],
  async prepare(ground) {
    const people = ground.scale(CUSTOMERS);
    await knowCustomers(ground, people);
    return {
      sides: {
        none: side(ground, people, []),
        segments: side(ground, people, [...READERS, ...STRANGERS]),
      },
    };
  },
};

function side(ground: Ground, people: number, segments: readonly Written[]): Side {
  const { kairos } = ground;
  const count = ground.scale(EVENTS);
  return async () => {
    await onlySegments(kairos, segments);
    // Everybody is looked at for what was just defined, which is the back-fill's work and not this one's.
    await post(kairos, batches(range(0, people).map(productViewed)));
    await routed(kairos, WITHIN_MS);
    const calls = range(0, count).map((number) => productViewed(number % people));
    const figures = await routeBacklog(ground, calls);
    await onlySegments(kairos, []);
    return figures;
  };
}
