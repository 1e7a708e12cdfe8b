import { z } from 'zod';
import { type KairosClient, ReadRefused } from '#chaos/kairos-client.ts';
import type { CustomerRecord } from '#chaos/journal.ts';
import {
  type Observed,
  SeenEvent,
  SeenLetter,
  SeenMessage,
  SeenProfile,
  SeenRun,
} from './observed.ts';

const PAGE = 1_000;
/** Customers asked about at once. */
const AT_ONCE = 8;

const Cursor = z.union([z.string(), z.number()]).nullish();

/** Everything Kairos and its providers show of these customers, over the API alone. */
export async function observe(
  kairos: KairosClient,
  records: readonly CustomerRecord[],
  signal: AbortSignal,
): Promise<Map<string, Observed>> {
  const list = <T>(route: string, item: z.ZodType<T>): Promise<T[]> =>
    readAll(kairos, { route, item }, signal);
  const runs = groupBy(await list('/v1/runs', SeenRun), ({ profileId }) => profileId);
  const messages = groupBy(await list('/v1/messages', SeenMessage), ({ runId }) => runId);
  const inbox = new Map<string, number>();
  for (const { to } of await list('/sandbox/inbox', SeenLetter)) {
    inbox.set(to, (inbox.get(to) ?? 0) + 1);
  }
  const seen = new Map<string, Observed>();
  const queue = [...records];
  const ask = async (): Promise<void> => {
    for (let record = queue.shift(); record !== undefined; record = queue.shift()) {
      const { customer } = record;
      const identity = encodeURIComponent(`external:${customer.id}`);
      const profile = await profileOf(kairos, identity, signal);
      const events =
        profile === null ? [] : await list(`/v1/profiles/${identity}/events`, SeenEvent);
      const own = runs.get(profile?.id ?? '') ?? [];
      const sent = own.flatMap(({ id }) => messages.get(id) ?? []);
      seen.set(customer.id, { profile, events, runs: own, messages: sent, inbox });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return seen;
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

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
