import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredCampaign, StoredRecipient } from '#campaigns/campaign-document.ts';
import type { Wave } from '#domain/campaign/draw-place.ts';
import { paceOf } from '#domain/campaign/pace.ts';
import { MINUTE_MS } from '#domain/time/duration.ts';
import type { QueuedSend } from '#workflows/contract.ts';
import type { CampaignDeps, CampaignWalk } from './campaign-deps.ts';
import { giveTurn } from './give-turn.ts';
import { createSettle } from './settle-recipients.ts';

/**
 * Recipients whose turn goes on at once: providers answer within milliseconds to a second, and what
 * all of them read and write is gathered into a few calls. The memory a campaign takes is theirs.
 */
export const LANES = 100;
/** Recipients read at once. */
const PAGE = 500;
/** How old the status may be that lets the next one go, in ms. */
const STATUS_MS = 500;
/** The longest a lane sleeps before it looks at the status again, in ms. */
const NAP_MS = 500;
/** How often the speed is noted, in ms. */
const SPEED_EVERY_MS = 5_000;
/** What a slice came to: `left`: it ended before all was done that is due. */
export interface SliceEnd {
  left: boolean;
  queued: QueuedSend[];
}

/** Gives everybody in these waves their turn whose instant has come, one page after the other. */
export async function sendSlice(
  deps: CampaignDeps,
  campaign: StoredCampaign,
  { waves, walk }: { waves: readonly Wave[]; walk: CampaignWalk },
): Promise<SliceEnd> {
  const slice = new Slice(deps, campaign, walk);
  const due = dueRecipients(deps, campaign, waves);
  await slice.run(due);
  return { left: slice.isOver, queued: slice.queued };
}

/** One campaign being sent by this process. */
class Slice {
  readonly queued: QueuedSend[] = [];
  /** The campaign was paused or stopped, or this process is to end. */
  isOver = false;
  readonly #deps: CampaignDeps;
  readonly #campaign: StoredCampaign;
  readonly #walk: CampaignWalk;
  readonly #settle: ReturnType<typeof createSettle>;
  readonly #pace: ReturnType<typeof paceOf>;
  readonly #speed: Speed;
  #lookedAt = -Infinity;
  /** Messages that may wait in the queue of a paced provider: others' wait behind no more than these. */
  #queuedMax = Infinity;

  constructor(deps: CampaignDeps, campaign: StoredCampaign, walk: CampaignWalk) {
    this.#deps = deps;
    this.#campaign = campaign;
    this.#walk = walk;
    this.#settle = createSettle(deps, campaign._id);
    this.#pace = paceOf(campaign.definition.ratePerMinute, deps.clock());
    this.#speed = new Speed(deps.clock());
  }

  /** Once one lane fails all end, each after its turn: nobody is left in the middle of theirs. */
  async run(due: AsyncGenerator<StoredRecipient>): Promise<void> {
    const lane = async (): Promise<void> => {
      while (await this.#mayGoOn()) {
        const next = await due.next();
        if (next.done === true) return;
        if (!(await this.#awaitPace())) return;
        await this.#give(next.value);
      }
    };
    const failing = async (): Promise<void> => {
      try {
        await lane();
      } catch (error) {
        this.isOver = true;
        throw error;
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: LANES }, failing));
    await due.return(undefined);
    const failed = lanes.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason as Error;
  }

  async #give(recipient: StoredRecipient): Promise<void> {
    const done = await giveTurn(this.#deps, this.#campaign, { recipient });
    if ('queue' in done) {
      const { _id: campaign } = this.#campaign;
      this.#queuedMax = Math.min(this.#queuedMax, done.max);
      // Who finds it full is due still, and comes again with the next look.
      if (this.queued.length >= this.#queuedMax) return;
      this.queued.push({ campaign, recipient: recipient._id, queue: done.queue });
      return;
    }
    const counted = await this.#settle(done);
    if (counted && 'end' in done.after) await this.#noteSpeed();
  }

  async #noteSpeed(): Promise<void> {
    const perMinute = this.#speed.count(this.#deps.clock());
    if (perMinute !== null) await this.#deps.campaigns.noteSpeed(this.#campaign._id, perMinute);
  }

  /** Waits for the instant the rate leaves; false where it is over meanwhile. */
  async #awaitPace(): Promise<boolean> {
    const at = this.#pace.next(this.#deps.clock());
    for (;;) {
      const ms = at - this.#deps.clock();
      if (ms <= 0) return this.#mayGoOn();
      if (!(await this.#mayGoOn())) return false;
      await sleep(Math.min(ms, NAP_MS));
    }
  }

  async #mayGoOn(): Promise<boolean> {
    if (this.isOver || this.queued.length >= this.#queuedMax) return false;
    const now = this.#deps.clock();
    if (now - this.#lookedAt < STATUS_MS) return true;
    this.#lookedAt = now;
    const status = await this.#deps.campaigns.statusOf(this.#campaign._id);
    if (status !== 'sending' || this.#walk.isLeaving()) this.isOver = true;
    return !this.isOver;
  }
}

/** How many ended within the last while. */
class Speed {
  #since: number;
  #count = 0;

  constructor(now: number) {
    this.#since = now;
  }

  /** One more; a minute's number, once in a while. */
  count(now: number): number | null {
    this.#count += 1;
    const ms = now - this.#since;
    if (ms < SPEED_EVERY_MS) return null;
    const perMinute = Math.round((this.#count / ms) * MINUTE_MS);
    this.#since = now;
    this.#count = 0;
    return perMinute;
  }
}

/** Everybody who is due, wave by wave, as of now; who has had their turn meanwhile is not met again. */
async function* dueRecipients(
  deps: CampaignDeps,
  { _id: campaign }: StoredCampaign,
  waves: readonly Wave[],
): AsyncGenerator<StoredRecipient> {
  const now = deps.clock();
  for (const wave of waves) {
    let after: StoredRecipient | null = null;
    for (;;) {
      const page: StoredRecipient[] = await deps.recipients.due({
        ...{ campaign, wave, now, after },
        limit: PAGE,
      });
      yield* page;
      after = page.at(-1) ?? null;
      if (after === null) break;
    }
  }
}
