import { z } from 'zod';
import { type KairosClient, ReadRefused } from '#chaos/kairos-client.ts';
import type { CustomerRecord } from '#chaos/journal.ts';
import {
  type Everything,
  type Observed,
  SeenEvent,
  SeenLetter,
  SeenMessage,
  SeenProfile,
  SeenRun,
} from './observed.ts';
import { partOf } from './sort-out.ts';

const PAGE = 1_000;
/** Customers asked about at once. */
const AT_ONCE = 8;

const Cursor = z.union([z.string(), z.number()]).nullish();

/** What Kairos and its providers show: each of these customers, and everything there is. */
export interface Observation {
  seen: Map<string, Observed>;
  everything: Everything;
}

/** Asks over the API alone. @throws when `signal` ends it, or a question is refused */
export async function observe(
  kairos: KairosClient,
  records: readonly CustomerRecord[],
  signal: AbortSignal,
): Promise<Observation> {
  const list = <T>(route: string, item: z.ZodType<T>): Promise<T[]> =>
    readAll(kairos, { route, item }, signal);
  const everything: Everything = {
    runs: await list('/v1/runs', SeenRun),
    messages: await list('/v1/messages', SeenMessage),
    letters: await list('/sandbox/inbox', SeenLetter),
  };
  const seen = new Map<string, Observed>();
  const queue = [...records];
  const ask = async (): Promise<void> => {
    for (let record = queue.shift(); record !== undefined; record = queue.shift()) {
      const { customer } = record;
      const identity = encodeURIComponent(`external:${customer.id}`);
      const profile = await profileOf(kairos, identity, signal);
      const events =
        profile === null ? [] : await list(`/v1/profiles/${identity}/events`, SeenEvent);
      seen.set(customer.id, { profile, events, ...partOf(record, profile, everything) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return { seen, everything };
}

async function profileOf(
  kairos: KairosClient,
  identity: string,
  signal: AbortSignal,
): Promise<SeenProfile | null> {
  try {
    return SeenProfile.parse(await kairos.read(`/v1/profiles/${identity}`, signal));
  } catch (error) {
    if (error instanceof ReadRefused && error.status === 404) return null;
    throw error;
  }
}

async function readAll<T>(
  kairos: KairosClient,
  { route, item }: { route: string; item: z.ZodType<T> },
  signal: AbortSignal,
): Promise<T[]> {
  const Page = z.object({ data: z.array(item), next: Cursor });
  const all: T[] = [];
  let cursor = '';
  for (;;) {
    const query = `limit=${String(PAGE)}${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const page = Page.parse(await kairos.read(`${route}?${query}`, signal));
    all.push(...page.data);
    if (page.next == null) return all;
    cursor = encodeURIComponent(String(page.next));
  }
}
