import type { StoredCampaign, StoredRecipient } from '#campaigns/campaign-document.ts';
import { drawPlace, type Wave } from '#domain/campaign/draw-place.ts';
import { recipientId } from '#domain/campaign/ids.ts';
import type { Part } from '#domain/campaign/tally.ts';
import { dueIn } from '#domain/campaign/schedule.ts';
import type { CampaignDeps, CampaignWalk } from './campaign-deps.ts';

/** Recipients made with one write: a few hundred KB. */
const PAGE = 1_000;

/** Heartbeats say which walk it was: another one begins at its own start. */
type WalkName = 'audience' | 'resend';

function reachedBy(walk: CampaignWalk, name: WalkName): string {
  const { reached } = walk;
  return reached?.startsWith(`${name}:`) === true ? reached.slice(name.length + 1) : '';
}

/** Looked at before each page: nobody is taken any more, or another worker is to go on. */
async function isCutOff(
  { campaigns }: CampaignDeps,
  key: string,
  walk: CampaignWalk,
): Promise<boolean> {
  return walk.isLeaving() || (await campaigns.statusOf(key)) !== 'sending';
}

/**
 * Makes everybody who is in the segment a recipient. Who is one by an earlier try is not made
 * again; a walk that was cut off goes on where it was. Ends without a word where the campaign was
 * paused or stopped: the next walk begins anew; or where another walk took everybody meanwhile.
 */
export async function takeAudience(
  deps: CampaignDeps,
  campaign: StoredCampaign,
  walk: CampaignWalk,
): Promise<void> {
  const { _id: key, definition } = campaign;
  const from = campaign.begunAt ?? deps.clock();
  const dueOf = createDueOf(definition.localTime, from);
  let after = reachedBy(walk, 'audience');
  for (;;) {
    if (await isCutOff(deps, key, walk)) return;
    const page = await deps.members(definition.segment, after, PAGE);
    const last = page.at(-1);
    if (last === undefined) break;
    const some = page.map(({ _id: profileId, zone }) =>
      recipientOf(key, profileId, {
        ...drawPlace(definition, profileId),
        dueAt: dueOf(zone ?? deps.defaultZone),
      }),
    );
    if (!(await deps.recipients.add(key, 'main', some))) return;
    after = last._id;
    walk.heartbeat(`audience:${after}`);
  }
  await noteSize(deps, key, 'main');
}

/** Counts again while a walk that stood still writes another page: from the note on none is written. */
async function noteSize(
  { campaigns, recipients, clock }: CampaignDeps,
  key: string,
  part: Part,
): Promise<void> {
  for (;;) {
    const campaign = await campaigns.find(key);
    if (campaign?.taken[part] !== null) return;
    const { pages = null } = campaign;
    const size = await recipients.size(key, part);
    if (await campaigns.noteTaken(key, part, { at: clock(), size, pages })) return;
  }
}

/** Zones are few and customers many. */
function createDueOf(localTime: string | undefined, from: number): (zone: string) => number {
  const known = new Map<string, number>();
  return (zone) => {
    const due = known.get(zone) ?? dueIn(localTime, zone, from);
    known.set(zone, due);
    return due;
  };
}

function recipientOf(
  campaign: string,
  profileId: string,
  place: { wave: Wave; variant: string | null; dueAt: number },
): StoredRecipient {
  const { wave, variant, dueAt } = place;
  const _id = recipientId(campaign, profileId, wave);
  return { ...{ _id, campaign, profileId, wave, variant, dueAt }, rev: 0 };
}

/**
 * Makes those who were sent the first message and did not open it recipients of the second: at once,
 * or at the campaign's hour where they are, the next time it comes.
 */
export async function takeUnopened(
  deps: CampaignDeps,
  { _id: key, definition }: StoredCampaign,
  walk: CampaignWalk,
): Promise<void> {
  const { localTime } = definition;
  const dueOf = createDueOf(localTime, deps.clock());
  const zoneOf = async (profileId: string): Promise<string> => {
    // Where the hour does not matter nobody is read for it.
    const person = localTime === undefined ? null : await deps.profiles.follow(profileId);
    return person?.zone ?? deps.defaultZone;
  };
  let after = reachedBy(walk, 'resend');
  for (;;) {
    if (await isCutOff(deps, key, walk)) return;
    const page = await deps.recipients.sent(key, after, PAGE);
    const last = page.at(-1);
    if (last === undefined) break;
    const answered = await deps.messages.answered(page.map(({ _id }) => _id));
    const again = page.filter(({ _id }) => !answered.has(_id));
    const some = await Promise.all(
      again.map(async ({ profileId, variant }) => {
        const dueAt = dueOf(await zoneOf(profileId));
        return recipientOf(key, profileId, { wave: 'resend', variant, dueAt });
      }),
    );
    if (!(await deps.recipients.add(key, 'resend', some))) return;
    after = last._id;
    walk.heartbeat(`resend:${after}`);
  }
  await noteSize(deps, key, 'resend');
}
