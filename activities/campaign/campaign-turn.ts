import type { StoredCampaign } from '#campaigns/campaign-document.ts';
import { chooseWinner } from '#domain/campaign/choose-winner.ts';
import type { Wave } from '#domain/campaign/draw-place.ts';
import { addDuration } from '#domain/time/add-duration.ts';
import { HOUR_MS } from '#domain/time/duration.ts';
import type { CampaignInput, CampaignTurn } from '#workflows/contract.ts';
import type { CampaignDeps, CampaignWalk } from './campaign-deps.ts';
import { closeStopped } from './close-stopped.ts';
import { createGoing, sendSlice, type Going } from './send-slice.ts';
import { takeAudience, takeUnopened } from './take-audience.ts';

/** One activity does what is due for so long, in ms: each is a few entries of its workflow's history. */
const TURN_MS = HOUR_MS;
/** A segment that fills is looked at again after this, in ms. */
const FILLING_MS = 2_000;

/**
 * Those who are due within this, in ms, have their turn together: what waits for a rate would else
 * wake the workflow many times a second.
 */
const NEXT_LEAST_MS = 1_000;

const OVER: CampaignTurn = { kind: 'over' };
const AGAIN: CampaignTurn = { kind: 'again' };

/**
 * Does what a campaign has to do now, for as long as anything is due, and says what comes then.
 * Whatever was cut off before stands in the store: it begins with what is there.
 */
export async function campaignTurn(
  deps: CampaignDeps,
  { campaign: key }: CampaignInput,
  walk: CampaignWalk,
): Promise<CampaignTurn> {
  const until = deps.clock() + TURN_MS;
  let going: Going | null = null;
  for (;;) {
    const campaign = await deps.campaigns.find(key);
    if (campaign === null) return OVER;
    going ??= createGoing(deps, campaign);
    const turn = await oneTurn(deps, campaign, { walk, going });
    if (turn.kind === 'over') deps.doors.delete(key);
    if (turn.kind !== 'again' || walk.isLeaving() || deps.clock() >= until) return turn;
  }
}

interface Under {
  walk: CampaignWalk;
  going: Going;
}

async function oneTurn(
  deps: CampaignDeps,
  campaign: StoredCampaign,
  under: Under,
): Promise<CampaignTurn> {
  const { _id: key } = campaign;
  const { status, revision, startsAt, begunAt } = campaign;
  await deps.campaigns.noteControlled(key, revision);
  const now = deps.clock();
  switch (status) {
    case 'draft':
    case 'done':
      return OVER;
    case 'paused':
      return { kind: 'wait', ms: null };
    case 'stopped':
      return (await closeStopped(deps, campaign, under.walk)) ? OVER : AGAIN;
    case 'scheduled':
      if (startsAt !== null && startsAt > now) return until(startsAt, now);
      await deps.campaigns.begin(key, now);
      return AGAIN;
    case 'sending':
      if (begunAt !== null) return send(deps, campaign, under);
      await deps.campaigns.begin(key, now);
      return AGAIN;
  }
}

function until(at: number, now: number): CampaignTurn {
  return { kind: 'wait', ms: Math.max(1, at - now) };
}

async function send(
  deps: CampaignDeps,
  campaign: StoredCampaign,
  under: Under,
): Promise<CampaignTurn> {
  const { walk } = under;
  if (campaign.taken.main === null) return gather(deps, campaign, walk);
  const waves = openWaves(campaign);
  const { left, isFreshDone, queued } = await sendSlice(deps, campaign, { waves, ...under });
  if (queued.length > 0) return { kind: 'queued', sends: queued };
  if (left && !isFreshDone) return AGAIN;
  const dueAt = await deps.recipients.nextDue(campaign._id, waves);
  const then = await whatFollows(deps, campaign, walk);
  if (left || then === 'changed') return AGAIN;
  const next = Math.min(dueAt ?? Infinity, then ?? Infinity);
  const now = deps.clock();
  if (next < Infinity) return until(Math.max(next, now + NEXT_LEAST_MS), now);
  return (await deps.campaigns.finish(campaign._id, deps.clock())) ? OVER : AGAIN;
}

/** Takes the audience. Without its segment nobody would be in it: somebody is to see to that first. */
async function gather(
  deps: CampaignDeps,
  campaign: StoredCampaign,
  walk: CampaignWalk,
): Promise<CampaignTurn> {
  const segment = await deps.segmentState(campaign.definition.segment);
  if (segment === 'filling') return { kind: 'wait', ms: FILLING_MS };
  if (segment === 'filled') await takeAudience(deps, campaign, walk);
  else await deps.campaigns.pauseFor(campaign._id, 'segmentMissing', deps.clock());
  return AGAIN;
}

function openWaves({ winner, taken }: StoredCampaign): Wave[] {
  return [
    'main',
    ...(winner === null ? [] : (['rest'] as const)),
    ...(taken.resend === null ? [] : (['resend'] as const)),
  ];
}

/**
 * What a campaign does when nobody is due: chooses the winner of its test, or turns to those who did
 * not open. Epoch ms at which it will; null: nothing follows but what recipients wait for.
 */
async function whatFollows(
  deps: CampaignDeps,
  campaign: StoredCampaign,
  walk: CampaignWalk,
): Promise<number | 'changed' | null> {
  const { experiment, resend } = campaign.definition;
  if (experiment?.winner !== undefined && campaign.winner === null) {
    return winnerTurn(deps, campaign, { ...experiment, winner: experiment.winner });
  }
  const waiting = await deps.recipients.nextDue(campaign._id, ['main', 'rest']);
  if (waiting !== null || resend === undefined || campaign.taken.resend !== null) return null;
  if (campaign.sentAt === null) {
    await deps.campaigns.noteSent(campaign._id, deps.clock());
    return 'changed';
  }
  const at = addDuration(campaign.sentAt, resend.after, deps.defaultZone);
  if (at > deps.clock()) return at;
  await takeUnopened(deps, campaign, walk);
  return 'changed';
}

type Tested = NonNullable<StoredCampaign['definition']['experiment']>;

async function winnerTurn(
  deps: CampaignDeps,
  { _id: key, testedAt }: StoredCampaign,
  { variants, winner }: Tested & { winner: NonNullable<Tested['winner']> },
): Promise<number | 'changed'> {
  if (testedAt === null) {
    await deps.campaigns.noteTested(key, deps.clock());
    return 'changed';
  }
  const at = addDuration(testedAt, winner.after, deps.defaultZone);
  if (at > deps.clock()) return at;
  const results = await deps.messages.results(
    key,
    variants.map((variant) => variant.key),
  );
  const variant = chooseWinner(results, winner.by) ?? '';
  await deps.campaigns.noteWinner(key, { variant, at: deps.clock(), results });
  return 'changed';
}
