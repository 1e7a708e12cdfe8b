import { setTimeout as sleep } from 'node:timers/promises';
import { tellInterested, type ToldChange } from '#domain/product/tell-interested.ts';
import { NO_CHANGES } from '#domain/apply/no-changes.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { errorCode, errorPlace, type Logger } from '#platform/logger.ts';
import { isOurFault } from '#platform/mongo-errors.ts';
import { Fenced } from '#platform/transaction.ts';
import type { ChangeStore, StoredProductChange } from '#products/change-store.ts';
import type { ProductStore } from '#products/product-store.ts';
import { commitPlan, type ApplyDeps } from './router/write-plan.ts';

export interface TellDeps extends ApplyDeps {
  products: Pick<ProductStore, 'find' | 'turn' | 'nextTurn'>;
  changes: ChangeStore;
  /** How many events wait to be routed, counted no further than `limit`. */
  countPending: (limit: number) => Promise<number>;
  logger: Logger;
}

/** People told in one transaction: short enough that no live event waits for it. */
const PROFILES_A_PAGE = 200;
/**
 * Events waiting to be routed while more people are told: half a second's work. What live customers
 * do waits behind these.
 */
const PENDING_MAX = 2_000;
/** While there is no room, ms between looks. */
const LOOK_EVERY_MS = 50;

/**
 * Tells those interested of every change of the catalogue that is noted, the oldest first, and of
 * what time itself changed. Resolves once nothing is left, with the ms until time changes something
 * next; null: never. A crash anywhere repeats a page, in which nobody is told twice. `signal` is
 * aborted when somebody else is to go on.
 */
export async function tellCatalogue(
  deps: TellDeps,
  signal: AbortSignal,
): Promise<{ nextMs: number | null }> {
  for (;;) {
    if ((await deps.products.turn(deps.clock())) > 0) continue;
    const change = await deps.changes.next();
    if (change === null) break;
    await tellOne(deps, change, signal);
  }
  const next = await deps.products.nextTurn();
  return { nextMs: next === null ? null : Math.max(1, next - deps.clock()) };
}

async function tellOne(
  deps: TellDeps,
  change: StoredProductChange,
  signal: AbortSignal,
): Promise<void> {
  const { changes, products } = deps;
  const { _id: id, begunAt } = change;
  const begun = begunAt === null ? await changes.begin(id, deps.clock()) : change;
  // What nobody had been told of yet was taken back meanwhile.
  if (begun === null) return;
  const product = await products.find(begun.product);
  try {
    const { changedAt = begun.at } = begun;
    if (product !== null)
      await tellAll({ ...deps, signal }, begun, { ...begun, changedAt, product });
    await changes.finish(id);
  } catch (error) {
    if (!isOurFault(error)) throw error;
    const fault = errorCode(error);
    deps.logger.error({ fault, place: errorPlace(error) }, 'change of a product set aside');
    await changes.setAside(id, fault);
  }
}

/** Page by page in the order of ids, from where an earlier attempt had come to. */
async function tellAll(
  deps: TellDeps & { signal: AbortSignal },
  { _id: id, product: productId, reached }: StoredProductChange,
  change: ToldChange,
): Promise<void> {
  let from = reached;
  for (;;) {
    await awaitRoom(deps);
    const page = await deps.profiles.interestedIn(productId, from, PROFILES_A_PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    try {
      await tellPage(deps, change, page);
    } catch (error) {
      // Somebody in this page was changed meanwhile: look at the page again.
      if (error instanceof Fenced) continue;
      throw error;
    }
    from = last._id;
    if (page.length < PROFILES_A_PAGE) return;
    await deps.changes.reach(id, from);
  }
}

/**
 * The events and the profiles that remember them in one transaction, which fails where a profile was
 * changed since it was read: whoever is merged meanwhile is told as the one that they are now.
 */
async function tellPage(
  deps: TellDeps,
  change: ToldChange,
  page: readonly Profile[],
): Promise<void> {
  const now = deps.clock();
  const tellings = page.flatMap((profile) => {
    const told = tellInterested(profile, change, now);
    return told === null ? [] : [{ ...told, expected: profile.revision }];
  });
  if (tellings.length === 0) return;
  const events = tellings.flatMap((one) => one.events);
  // Known ones were told before a merge was undone that made the profile forget it.
  const known = await deps.events.known(events.map(({ _id }) => _id));
  const told = events
    .filter(({ _id }) => !known.has(_id))
    .map((event, place) => ({ ...event, place }));
  const profiles = tellings.map(({ profile, expected }) => ({ profile, expected }));
  await commitPlan(deps, { ...NO_CHANGES, profiles, told, at: now });
}

async function awaitRoom({
  countPending,
  signal,
}: TellDeps & { signal: AbortSignal }): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if ((await countPending(PENDING_MAX)) < PENDING_MAX) return;
    await sleep(LOOK_EVERY_MS);
  }
}
