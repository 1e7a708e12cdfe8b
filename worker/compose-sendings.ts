import type { CampaignStore } from '#campaigns/campaign-store.ts';
import type { Mongo } from '#platform/mongo.ts';
import { composeCampaigns, redriveCampaigns } from './compose-campaigns.ts';
import { composeMessages } from './compose-messages.ts';
import type { WorkerParts } from './start-worker.ts';

type Parts = Parameters<typeof composeCampaigns>[1] &
  Parameters<typeof composeMessages>[1] & { campaigns: CampaignStore };

/** What is sent outside of journeys: campaigns, and messages that are asked for by themselves. */
export function composeSendings(
  store: Mongo,
  parts: Parts,
): { control: Pick<WorkerParts['control'], 'campaign' | 'message'>; redrive: () => Promise<void> } {
  const { client, campaigns, clock } = parts;
  const messages = composeMessages(store, parts);
  return {
    control: { campaign: composeCampaigns(store, parts), message: messages.deps },
    async redrive() {
      await redriveCampaigns(client, campaigns, clock);
      await messages.redrive();
    },
  };
}
