import type { Router } from 'express';
import type { Clock } from '#platform/clock.ts';
import type { Config } from '#platform/config.ts';
import type { Logger } from '#platform/logger.ts';
import type { Mongo } from '#platform/mongo.ts';
import type { ProviderLines } from '#channels/providers.ts';
import type { ReadReceipts } from '#channels/provider-kind.ts';
import type { ChannelSettings } from '#channels/settings.ts';
import type { AddressStanding } from '#domain/message/suppression.ts';
import type { Channel } from '#domain/message/message.ts';
import type { ErasureStore } from '#erasures/erasure-store.ts';
import type { AcceptAdminEvent } from '#events/accept-admin.ts';
import type { AcceptReceipts } from '#events/accept-receipts.ts';
import type { AwaitApplied } from '#events/await-applied.ts';
import type { EventStore } from '#events/event-store.ts';
import type { ExportKeys } from '#exports/export-keys.ts';
import type { OpenExport } from '#exports/open-export.ts';
import type { ImportStore } from '#imports/import-store.ts';
import type { Imports } from '#imports/imports.ts';
import type { ProviderHealthStore } from '#messages/provider-health-store.ts';
import type { CatalogueHosts } from '#products/catalogue-hosts.ts';
import type { ProductStore } from '#products/product-store.ts';
import type { PutProduct } from '#products/write-products.ts';
import type { FindProfile, FindProfileId } from '#profiles/find-profile.ts';
import type { ReconcileStore } from '#reconciles/reconcile-store.ts';
import type { LiveSegments } from '#segments/live-segments.ts';
import type { OutboundRules } from '#platform/outbound-address.ts';
import type { BlockStore } from '#templates/block-store.ts';
import type { CallLink } from '#templates/check-links.ts';
import type { ReadPersonal } from '#templates/read-personal.ts';
import type { createStoreTemplate } from '#templates/store-template.ts';
import type { TemplateStore } from '#templates/template-store.ts';
import type { TestSendStore } from '#templates/test-send-store.ts';
import type { AcceptTask } from '#events/accept-tasks.ts';
import type { TaskStore } from '#tasks/task-store.ts';
import type { VoucherStore } from '#vouchers/voucher-store.ts';
import type { DeliveryStore } from '#webhooks/delivery-store.ts';
import type { EndpointStore } from '#webhooks/endpoint-store.ts';
import type { PostWebhook } from '#webhooks/post-webhook.ts';
import type { ControlInput, FillInput } from '#workflows/contract.ts';
import type { ApiMetrics } from './api-metrics.ts';
import type { Links } from './follow-link.ts';
import type { CampaignsPort } from './compose-campaigns.ts';
import type { MailPort } from './mail-port.ts';
import type { SendsPort } from './sends-port.ts';
import type { SourcesPort } from './sources-port.ts';

/** Whose subscription a signed link ends, and by which message. */
export interface UnsubscribeLink {
  profileId: string;
  channel: string;
  messageId: string;
}

/** Addresses that are told of events. */
interface WebhookParts {
  store: EndpointStore;
  deliveries: DeliveryStore;
  /** Where they may be. */
  rules: OutboundRules;
  post: PostWebhook;
  /** Has what is due told now; without Temporal it is told once that is back. */
  wake: (endpoint: string) => Promise<void>;
}

/** Everything the API uses, made by main.ts. */
export interface AppDeps {
  config: Config;
  mongo: Mongo;
  clock: Clock;
  logger: Logger;
  metrics: ApiMetrics;
  tracking: Router;
  /** What browsers and apps ask of the messages they show. */
  site: Router;
  findProfile: FindProfile;
  findProfileId: FindProfileId;
  acceptAdminEvent: AcceptAdminEvent;
  awaitApplied: AwaitApplied;
  acceptReceipts: AcceptReceipts;
  /** By the provider's name. */
  webhooks: Readonly<Record<string, ReadReceipts>>;
  /** What people write back, by the provider's name. */
  texts: ChannelSettings['texts'];
  providers: ChannelSettings['providers'];
  providerHealth: Pick<ProviderHealthStore, 'seen'>;
  /** @throws DomainError `invalid` with every fault */
  storeTemplate: ReturnType<typeof createStoreTemplate>;
  templates: TemplateStore;
  blocks: BlockStore;
  /** What templates ask for beyond the profile. */
  personal: ReadPersonal;
  /** Hosts of the catalogue's products. */
  catalogueHosts: CatalogueHosts;
  vouchers: VoucherStore;
  tasks: { store: TaskStore; accept: AcceptTask };
  /** Messages that somebody sends to see them. */
  testSends: {
    store: TestSendStore;
    providers: ProviderLines;
    suppression: (channel: Channel, addressHash: string) => Promise<AddressStanding | null>;
  };
  mail: MailPort;
  /** Null: not a link of ours. */
  readLink(token: string): UnsubscribeLink | null;
  /** What messages lead to, and the notes that somebody followed. */
  links: Links;
  /** Carries a journey's change to its runs. @throws DomainError `unavailable` without Temporal. */
  startControl(input: ControlInput): Promise<void>;
  /** Brings a segment to all profiles. @throws DomainError `unavailable` without Temporal. */
  startFill(input: FillInput): Promise<void>;
  /** Begins to look for profiles that are not as they must be. @throws as `startFill` */
  startReconcile(id: string): Promise<void>;
  /** Begins to erase what is kept of somebody. @throws as `startFill` */
  startErasure(id: string): Promise<void>;
  erasures: Pick<ErasureStore, 'find' | 'of'>;
  reconciles: Pick<ReconcileStore, 'begin' | 'find' | 'list' | 'drifts'>;
  segments: LiveSegments;
  /** Applied events of some profiles. */
  pastEvents: EventStore['past'];
  imports: Imports & Pick<ImportStore, 'find' | 'list'>;
  exports: { open: OpenExport; keys: ExportKeys };
  endpoints: WebhookParts;
  /** Asks whether a link of a template leads anywhere; not where only Kairos can reach. */
  callLink: CallLink;
  products: Pick<ProductStore, 'find' | 'byIds' | 'list'> & {
    /** As the store's, and sees to it that whoever is interested is told. */
    put: (...said: Parameters<ProductStore['put']>) => Promise<PutProduct[]>;
  };
  sources: SourcesPort;
  campaigns: CampaignsPort;
  /** Messages that are asked for by themselves. */
  sends: SendsPort;
  /** Aborted once this process is asked to end: no new calls should be sent here. */
  ending?: AbortSignal;
  /** The version of the Temporal server; throws while it does not answer. */
  temporalVersion(): Promise<string>;
}
