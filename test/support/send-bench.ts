import { closeProviders, createProviders } from '#channels/providers.ts';
import type { Provider } from '#channels/provider.ts';
import { RECEIPT_EVENTS } from '#domain/message/receipts.ts';
import { channelSettings, type ChannelSettings } from '#channels/settings.ts';
import type { CarriedChannel, Channel } from '#domain/message/message.ts';
import { applyReceipt } from '#messages/apply-receipt.ts';
import { sandboxEnvironment } from '#sandbox/accounts.ts';
import type { Rule } from '#sandbox/rules.ts';
import { SandboxProcess } from '#test/support/sandbox-process.ts';
import { SendWorld, type Customer } from '#test/support/send-world.ts';
import { WebhookSink } from '#test/support/webhook-sink.ts';

/** How long a receipt of the sandbox is waited for on a busy machine. */
const RECEIPT_MS = 10_000;

/** The send activity with the real providers, the sandbox behind them, and what it posts back. */
export class SendBench {
  readonly world: SendWorld;
  readonly providers: Record<Channel, Provider>;
  private readonly sandbox: SandboxProcess;
  private readonly sink: WebhookSink;
  private readonly settings: ChannelSettings;

  private constructor(world: SendWorld, settings: ChannelSettings, parts: Parts) {
    this.world = world;
    this.settings = settings;
    this.providers = parts.providers;
    this.sandbox = parts.sandbox;
    this.sink = parts.sink;
  }

  /** `database` is the test file's own. */
  static async start(database: string): Promise<SendBench> {
    const sink = await WebhookSink.start();
    const sandbox = await SandboxProcess.start(sink.url);
    const settings = channelSettings(sandboxEnvironment(sandbox.accounts, sandbox.url, {}), {
      publicUrl: sink.url,
      signing: 'a-secret-of-this-test',
      known: ['a-secret-of-this-test'],
    });
    const providers = createProviders(settings);
    const uri = process.env.KAIROS_TEST_MONGODB_URI ?? '';
    const world = await SendWorld.start(database, uri, providers);
    return new SendBench(world, settings, { providers, sandbox, sink });
  }

  /** How many messages a provider accepted for this customer. */
  async accepted(customer: Customer, channel: CarriedChannel): Promise<number> {
    return (await this.sandbox.inbox(customer.to[channel])).length;
  }

  /** What the sandbox does with this customer's messages; without an outcome: delivers again. */
  async rule(
    customer: Customer,
    channel: CarriedChannel,
    outcome?: Rule['outcome'],
  ): Promise<void> {
    const to = customer.to[channel];
    await this.sandbox.rules(outcome === undefined ? [] : [{ channel, to, outcome }]);
  }

  /** Waits for the provider's first receipt of this message and applies it as the router does. */
  async applyPosted(messageId: string): Promise<void> {
    for (const end = Date.now() + RECEIPT_MS; Date.now() < end;) {
      const receipts = this.sink
        .to('/v1/webhooks/sendgrid')
        .flatMap((post) => this.settings.receipts.sendgrid?.(post) ?? []);
      for (const { name, occurredAt: at, ...receipt } of receipts) {
        const status = RECEIPT_EVENTS[name]?.status;
        if (receipt.messageId !== messageId || status === undefined) continue;
        await applyReceipt(this.world.mongo.collections, undefined, { messageId, status, at });
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('no receipt came');
  }

  async close(): Promise<void> {
    await this.world.close();
    await closeProviders(Object.values(this.providers));
    await this.sandbox.remove();
    await this.sink.close();
  }
}

interface Parts {
  providers: Record<Channel, Provider>;
  sandbox: SandboxProcess;
  sink: WebhookSink;
}
