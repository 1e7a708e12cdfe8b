import { createReadOrders } from '#activities/read-orders.ts';
import type { RunWorld } from '#activities/run-world.ts';
import { createSendMessage, type SendDeps } from '#activities/send-message.ts';
import { createWithdrawMessages } from '#activities/withdraw-messages.ts';
import { firstOf, type ProviderLines } from '#channels/providers.ts';
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
import { sendSettings } from './send-settings.ts';

interface SendParts extends Required<
  Pick<SendDeps, 'clock' | 'failover' | 'isPaced' | 'profiles' | 'receivingSince'>
> {
  config: Config;
  collections: Collections;
  metrics: WorkerMetrics;
  lines: ProviderLines;
  events: EventStore;
  isStopped: NonNullable<SendDeps['isStopped']>;
  content: ReturnType<typeof composeContent>;
  /** Takes what a run shows on the shop's pages down, when the run is cut off. */
  takeDown: (runId: string) => Promise<void>;
}

/** How runs send and take back, with the codes of their messages settled and all of it counted. */
export function composeSend(parts: SendParts): Pick<RunWorld, 'send' | 'withdraw'> {
  const { config, collections, metrics, lines, events, content, clock } = parts;
  const codes = content.withVouchers(measureLedger(createLedger(collections, clock), metrics));
  const onWithdrawn: typeof codes.onWithdrawn = (withdrawn) => {
    countWithdrawn(metrics)(withdrawn);
    codes.onWithdrawn(withdrawn);
  };
  const { failover, isPaced, isStopped, profiles, receivingSince } = parts;
  const send = createSendMessage({
    ...{ collections, ...codes, onWithdrawn, clock },
    ...{ failover, isPaced, isStopped, profiles, receivingSince },
    gateSettings: createGateSettings(collections),
    orders: createReadOrders(events),
    providers: firstOf(lines),
    templates: createLoadTemplate({ collections }),
    personal: content.personal,
    settings: sendSettings(config),
    forgetDevice: composeForgetDevice({ collections }, config, clock),
    isReceiptQueued: (profileId, messageId) => events.isReceiptQueued(profileId, messageId),
  });
  const leaving = { collections, clock, onWithdrawn, takeDown: parts.takeDown };
  return { send, withdraw: createWithdrawMessages(leaving) };
}
