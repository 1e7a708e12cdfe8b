import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredCampaign, StoredRecipient } from '#campaigns/campaign-document.ts';
import { createDoors, type Doors } from '#domain/campaign/doors.ts';
import type { Wave } from '#domain/campaign/draw-place.ts';
import { paceOf, type Pace } from '#domain/campaign/pace.ts';
import type { Channel } from '#domain/message/message.ts';
import { MINUTE_MS } from '#domain/time/duration.ts';
import type { QueuedSend } from '#workflows/contract.ts';
import type { CampaignDeps, CampaignWalk } from './campaign-deps.ts';
import { giveTurn } from './give-turn.ts';
import { RecipientQueue } from './recipient-queue.ts';
import type { Leave } from '../sending/work-off.ts';
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
/** Nobody may begin, or has a place: looked at again after this, in ms. Others end meanwhile, or are due. */
const SHUT_NAP_MS = 100;
/** How often the speed is noted, in ms. */
const SPEED_EVERY_MS = 5_000;
/**
 * A slice ends after this, in ms, also where somebody is always due: what else a campaign has to do
 * (a winner, the second message, what a resume changed) is looked at between two.
 */
const SLICE_MS = 30_000;

/** What a slice came to. */
export interface SliceEnd {
  /** It ended before all was done that is due. */
  left: boolean;
  /** Everybody who was due had a first turn, whoever is due again. */
  isFreshDone: boolean;
  queued: QueuedSend[];
}

/** What is kept from one slice to the next, in one process. */
export interface Going {
  pace: Pace;
  doors: Doors;
  speed: Speed;
}

/** Goes on where an earlier activity was: one that fills a provider's queue is over within a moment. */
export function createGoing(
  { doors, clock }: Pick<CampaignDeps, 'doors' | 'clock'>,
  { _id: key, definition, paceFreeAt }: StoredCampaign,
): Going {
  const now = clock();
  const known = doors.get(key) ?? createDoors();
  doors.set(key, known);
  return {
    pace: paceOf(definition.ratePerMinute, paceFreeAt ?? now),
    doors: known,
    speed: new Speed(now),
  };
}

/** Gives everybody in these waves their turn who is due, for half a minute at most. */
export async function sendSlice(
  deps: CampaignDeps,
  campaign: StoredCampaign,
  { waves, walk, going }: { waves: readonly Wave[]; walk: CampaignWalk; going: Going },
): Promise<SliceEnd> {
  const { _id: key } = campaign;
  const { recipients } = deps;
  const queue = new RecipientQueue(
    {
      again: (now) => recipients.dueAgain(key, now, PAGE),
      fresh: (wave, now, after) => recipients.due({ campaign: key, wave, now, after, limit: PAGE }),
    },
    waves,
  );
  const slice = new Slice({ deps, campaign, walk, going, queue });
  try {
    await slice.run();
  } finally {
    const { freeAt } = going.pace;
    if (freeAt !== null) await deps.campaigns.notePace(key, freeAt);
  }
  return { left: slice.isLeft, isFreshDone: queue.isFreshDone, queued: slice.queued };
}

interface SliceParts {
  deps: CampaignDeps;
  campaign: StoredCampaign;
  walk: CampaignWalk;
  going: Going;
  queue: RecipientQueue;
}

/** One campaign being sent by this process. */
class Slice {
  readonly queued: QueuedSend[] = [];
  /** It was told to end, or its time was over. */
  isLeft = false;
  readonly #parts: SliceParts;
  readonly #settle: ReturnType<typeof createSettle>;
  readonly #until: number;
  /** Where a newcomer begins. */
  readonly #first: Channel | undefined;
  /** Newcomers under way. */
  #beginners = 0;
  #lookedAt = -Infinity;
  /** What waits in the queue of a paced provider is to be sent before there is more. */
  #isFull = false;
  /** Whoever takes somebody next waits for who did before: places of the rate are taken in turn. */
  #taken: Promise<unknown> = Promise.resolve();

  constructor(parts: SliceParts) {
    const { deps, campaign } = parts;
    const { cascade, channel } = campaign.definition;
    this.#parts = parts;
    this.#settle = createSettle(deps, campaign._id);
    this.#until = deps.clock() + SLICE_MS;
    this.#first = cascade?.[0]?.channel ?? channel;
  }

  /** Once one lane fails all end, each after its turn: nobody is left in the middle of theirs. */
  async run(): Promise<void> {
    const lane = async (): Promise<void> => {
      try {
        let next = await this.#take();
        while (next !== null && !(await this.#give(next))) next = await this.#take();
      } catch (error) {
        this.isLeft = true;
        throw error;
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: this.#lanes() }, lane));
    const failed = lanes.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason as Error;
  }

  /** Each lane queues one: where all go over a queue nobody is prepared for whom it has no place. */
  #lanes(): number {
    const { deps } = this.#parts;
    const first = this.#first;
    return first !== undefined && deps.isPaced(first)
      ? Math.min(LANES, deps.queuedMax(first))
      : LANES;
  }

  #take(): Promise<StoredRecipient | null> {
    const mine = this.#taken.then(() => this.#next());
    this.#taken = mine.catch(() => null);
    return mine;
  }

  /** Waits for a place of the rate first, so that nobody is taken who then stands and waits for it. */
  async #next(): Promise<StoredRecipient | null> {
    const { deps, going, queue } = this.#parts;
    while (await this.#mayGoOn()) {
      const now = deps.clock();
      const wait = going.pace.free(now) - now;
      if (wait > 0) {
        // Whoever waits in the queue is not held up by those whose place comes much later.
        if (wait > NAP_MS && this.queued.length > 0) this.#isFull = true;
        else await sleep(Math.min(wait, SHUT_NAP_MS));
        continue;
      }
      const next = await queue.next(now, this.#mayBegin(now));
      if (next !== 'shut') {
        if (next !== null && !isLooking(next)) going.pace.next(now);
        if (next?.rev === 0) this.#beginners += 1;
        return next;
      }
      await sleep(SHUT_NAP_MS);
    }
    return null;
  }

  /** Nobody's hour begins while their channel is shut; one alone tries whether it is. */
  #mayBegin(now: number): boolean {
    const { doors } = this.#parts.going;
    if (this.#first === undefined) return true;
    if (doors.isDoubtful(this.#first) && this.#beginners > 0) return false;
    return doors.isOpen(this.#first, now);
  }

  /** Whether it waits in a provider's queue now, as it does not where it may go at once. */
  async #give(recipient: StoredRecipient): Promise<boolean> {
    const { deps, campaign, queue } = this.#parts;
    const enter = (channel: Channel): Promise<Leave | number> => this.#enter(recipient, channel);
    const done = await giveTurn(deps, campaign, { recipient, enter });
    if (recipient.rev === 0) this.#beginners -= 1;
    if ('queue' in done) {
      const { _id: key } = campaign;
      // A cascade that goes on to it took no place so far.
      if (isLooking(recipient) && !(await this.#awaitPlace())) return false;
      const send = { campaign: key, recipient: recipient._id, queue: done.queue };
      // Who finds it full is due still, and comes again with the next look.
      if (this.queued.length < done.max) this.queued.push(send);
      this.#isFull ||= this.queued.length >= done.max;
      return true;
    }
    const counted = await this.#settle(done);
    queue.ended(recipient);
    if (counted && 'end' in done.after) await this.#noteSpeed();
    return false;
  }

  async #enter(recipient: StoredRecipient, channel: Channel): Promise<Leave | number> {
    const { deps, going } = this.#parts;
    // Whoever only looked for receipts took no place of the rate, and needs one now.
    if (isLooking(recipient) && !(await this.#awaitPlace())) return deps.clock() + NAP_MS;
    const pass = going.doors.enter(channel, deps.clock());
    if (typeof pass === 'number') return pass;
    return (outcome) => {
      going.doors.left(channel, pass, outcome, deps.clock());
    };
  }

  /** Takes a place of the rate as soon as there is one; false where it is over before that. */
  async #awaitPlace(): Promise<boolean> {
    const { deps, going } = this.#parts;
    while (await this.#mayGoOn()) {
      const now = deps.clock();
      const wait = going.pace.free(now) - now;
      if (wait <= 0) {
        going.pace.next(now);
        return true;
      }
      await sleep(Math.min(wait, NAP_MS));
    }
    return false;
  }

  async #noteSpeed(): Promise<void> {
    const { deps, campaign, going } = this.#parts;
    const perMinute = going.speed.count(deps.clock());
    if (perMinute !== null) await deps.campaigns.noteSpeed(campaign._id, perMinute);
  }

  async #mayGoOn(): Promise<boolean> {
    const { deps, campaign, walk } = this.#parts;
    if (this.isLeft || this.#isFull) return false;
    const now = deps.clock();
    if (now >= this.#until) this.isLeft = true;
    if (this.isLeft || now - this.#lookedAt < STATUS_MS) return !this.isLeft;
    this.#lookedAt = now;
    const status = await deps.campaigns.statusOf(campaign._id);
    if (status !== 'sending' || walk.isLeaving()) this.isLeft = true;
    return !this.isLeft;
  }
}

/** They were called for and it went out, or may have: mostly nobody is called in their turn. */
function isLooking({ sending }: StoredRecipient): boolean {
  return sending?.phase === 'waiting' || sending?.phase === 'unsure';
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
