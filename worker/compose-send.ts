import type { CampaignDeps } from '#activities/campaign/campaign-deps.ts';
import { createReadOrders } from '#activities/read-orders.ts';
import { createReckonSaved } from '#activities/reckon-saved.ts';
import type { RunWorld } from '#activities/run-world.ts';
import { createSendMessage, type SendDeps } from '#activities/send-message.ts';
import { createSendRouting } from '#activities/send-routing.ts';
import { createWithdrawMessages } from '#activities/withdraw-messages.ts';
import { costsOf, firstOf, type ProviderLines } from '#channels/providers.ts';
import type { EventStore } from '#events/event-store.ts';
import { createGateSettings } from '#messages/gate-settings-store.ts';
import { createLedger } from '#messages/ledger-store.ts';
import type { Config } from '#platform/config.ts';
import type { Collections } from '#platform/mongo.ts';
import { createLoadTemplate } from '#templates/load-template.ts';
import { composeForgetDevice } from './compose-accept.ts';
import type { composeContent } from './compose-content.ts';
import { countWithdrawn, measureLedger } from './metrics/measure-ledger.ts';
import type { WorkerMetrics } from './metrics/worker-metrics.ts';
import type { ProviderRates } from './provider-rates.ts';
import { sendSettings } from './send-settings.ts';

interface SendParts extends Required<
  Pick<SendDeps, 'clock' | 'failover' | 'pace' | 'profiles' | 'receivingSince'>
> {
  config: Config;
  collections: Collections;
  metrics: WorkerMetrics;
  lines: ProviderLines;
  rates: ProviderRates;
  events: EventStore;
  isStopped: NonNullable<SendDeps['isStopped']>;
  isSendOver: NonNullable<SendDeps['isSendOver']>;
  content: ReturnType<typeof composeContent>;
  /** Takes what a run shows on the shop's pages down, when the run is cut off. */
  takeDown: (runId: string) => Promise<void>;
}

/** How messages go out and are taken back, and over which queue. */
type Sending = Pick<RunWorld, 'send' | 'withdraw' | 'sendQueue' | 'isPaced'> &
  Required<Pick<RunWorld, 'reckonSaved'>> &
  Pick<CampaignDeps, 'queuedMax'>;

/** How runs send and take back, with the codes of their messages settled and all of it counted. */
export function composeSend(parts: SendParts): Sending {
  const { config, collections, metrics, lines, rates, events, content, clock } = parts;
  const codes = content.withVouchers(measureLedger(createLedger(collections, clock), metrics));
  const onWithdrawn: typeof codes.onWithdrawn = (withdrawn) => {
    countWithdrawn(metrics)(withdrawn);
    codes.onWithdrawn(withdrawn);
  };
  const { failover, isStopped, isSendOver, pace, profiles, receivingSince } = parts;
  const isSet = (provider: string): boolean => rates.isSet(provider);
  const templates = createLoadTemplate({ collections });
  const reading = {
    ...{ collections, clock, templates },
    gateSettings: createGateSettings(collections),
    orders: createReadOrders(events),
    settings: sendSettings(config),
  };
  const send = createSendMessage({
    ...reading,
    ...{ ...codes, onWithdrawn },
    ...{ failover, isPaced: isSet, isStopped, isSendOver, pace, profiles, receivingSince },
    providers: firstOf(lines),
    ...{ personal: content.personal, catalogueHosts: content.catalogueHosts },
    forgetDevice: composeForgetDevice({ collections }, config, clock),
    isReceiptQueued: (profileId, messageId) => events.isReceiptQueued(profileId, messageId),
  });
  const leaving = { collections, clock, onWithdrawn, takeDown: parts.takeDown };
  return {
    send,
    withdraw: createWithdrawMessages(leaving),
    ...createSendRouting({
      ...{ messages: collections.messages, failover, isSet },
      isOwed: async (template) => (await templates(template))?.kind === 'transactional',
    }),
    queuedMax: (channel) => rates.queuedMax(failover.next(channel).name),
    reckonSaved: createReckonSaved(reading, costsOf(lines)),
  };
}
