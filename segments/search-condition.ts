import type { Filter } from 'mongodb';
import type { Condition } from '#domain/condition/condition.ts';
import type { Page, PageRequest } from '#domain/page.ts';
import { conditionQuery } from '#domain/segment/condition-query.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { createHoldsOf, querySetting, type CountDeps } from './count-condition.ts';

/** Profiles gone through at once: by their ids alone, those that a query finds are then read. */
const WINDOW = 5_000;
/** What somebody in front of a screen waits for; then the page ends, however few were found. */
const TIME_MAX_MS = 3_000;
/** Profiles looked at one by one together. */
const READ = 500;

/**
 * Ids of profiles of whom a condition holds now, the newest customers first. Customers are gone
 * through by id, a window at a time, so that a call costs the same however many there are: a page
 * may hold fewer than asked for, or nobody, and still have a next one.
 */
export async function searchCondition(
  deps: CountDeps,
  condition: Condition,
  { limit, after }: PageRequest,
): Promise<Page<string>> {
  const { filter } = conditionQuery(condition, await querySetting(deps));
  const holdsOf = createHoldsOf(deps, condition);
  const giveUpAt = performance.now() + TIME_MAX_MS;
  const rows: string[] = [];
  let before = after?.id ?? null;
  for (;;) {
    const window = await readWindow(deps, before);
    if (window === null) return { rows, next: null };
    const within: Filter<Profile> = { $and: [filter, window, { mergedInto: null }] };
    const found = deps.collections.profiles.find(within).sort({ _id: -1 }).batchSize(READ);
    for await (const page of inPages(found)) {
      for (const { _id } of await holdsOf(page)) {
        if (rows.length === limit) return { rows, next: { at: 0, id: rows.at(-1) ?? '' } };
        rows.push(_id);
      }
    }
    before = window._id.$gte;
    if (performance.now() > giveUpAt) return { rows, next: { at: 0, id: before } };
  }
}

/** The next ids downwards from one; null where there are none. */
async function readWindow(
  { collections }: CountDeps,
  before: string | null,
): Promise<{ _id: { $gte: string; $lt?: string } } | null> {
  const upTo = before === null ? {} : { $lt: before };
  const ids = collections.profiles
    .find(before === null ? {} : { _id: upTo })
    .sort({ _id: -1 })
    .project<{ _id: string }>({ _id: 1 });
  const [last] = await ids
    .clone()
    .skip(WINDOW - 1)
    .limit(1)
    .toArray();
  if (last !== undefined) return { _id: { ...upTo, $gte: last._id } };
  // The last window is not full.
  const [first] = await ids.limit(1).toArray();
  return first === undefined ? null : { _id: { ...upTo, $gte: '' } };
}

async function* inPages(found: AsyncIterable<Profile>): AsyncIterable<Profile[]> {
  let page: Profile[] = [];
  for await (const profile of found) {
    page.push(profile);
    if (page.length < READ) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
