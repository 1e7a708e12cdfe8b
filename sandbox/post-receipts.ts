import type { PendingReceipt } from '#sandbox/accepted-messages.ts';
import { SANDBOX_PARTS } from '#sandbox/catalogue.ts';
import { READER_AGENT, READER_DELAY_MS } from '#sandbox/reader-visits.ts';
import type { ReceiptRequest, ReceiptSettings } from '#sandbox/sign-receipts.ts';

/** The first pause before a repeat; doubled each time up to the last. */
const RETRY_FIRST_MS = 200;
const RETRY_LAST_MS = 5_000;
/** How long Kairos may take to answer one POST. */
const ANSWER_TIMEOUT_MS = 10_000;
/** POSTs under way at once. */
const CONCURRENT_MAX = 16;
/** Events in one POST of SendGrid's webhook, which batches as SendGrid itself does. */
const BATCH_EVENTS_MAX = 500;
/** How long SendGrid's events are collected into one POST. */
const BATCH_WINDOW_MS = 20;

/** How each provider posts, by its name. */
const PARTS = new Map(SANDBOX_PARTS.map((part) => [part.provider, part]));

interface Parcel {
  receipts: PendingReceipt[];
  attempt: number;
}

/** Posts receipts when they are due, each again and again until it is answered with a 2xx. */
export class ReceiptPoster {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly queue: Parcel[] = [];
  private batch: PendingReceipt[] = [];
  private underWay = 0;
  private stopped = false;
  private readonly settings: ReceiptSettings;
  private readonly acknowledge: (receipt: PendingReceipt) => Promise<void>;

  constructor(settings: ReceiptSettings, acknowledge: (receipt: PendingReceipt) => Promise<void>) {
    this.settings = settings;
    this.acknowledge = acknowledge;
  }

  schedule(receipts: readonly PendingReceipt[]): void {
    for (const receipt of receipts) {
      const delay = receipt.visit === undefined ? 0 : READER_DELAY_MS;
      this.later(receipt.due + delay - Date.now(), () => {
        if (receipt.visit !== undefined) this.enqueue({ receipts: [receipt], attempt: 0 });
        else if (PARTS.get(receipt.message.provider)?.inBatches) this.collect(receipt);
        else this.enqueue({ receipts: [receipt], attempt: 0 });
      });
    }
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
  }

  private later(delayMs: number, action: () => void): void {
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        if (!this.stopped) action();
      },
      Math.max(0, delayMs),
    );
    this.timers.add(timer);
  }

  private collect(receipt: PendingReceipt): void {
    this.batch.push(receipt);
    if (this.batch.length === 1) {
      this.later(BATCH_WINDOW_MS, () => {
        this.flush();
      });
    } else if (this.batch.length >= BATCH_EVENTS_MAX) this.flush();
  }

  private flush(): void {
    const receipts = this.batch;
    this.batch = [];
    if (receipts.length > 0) this.enqueue({ receipts, attempt: 0 });
  }

  private enqueue(parcel: Parcel): void {
    this.queue.push(parcel);
    this.pump();
  }

  private pump(): void {
    while (this.underWay < CONCURRENT_MAX && !this.stopped) {
      const parcel = this.queue.shift();
      if (!parcel) return;
      this.underWay++;
      void this.deliver(parcel).finally(() => {
        this.underWay--;
        this.pump();
      });
    }
  }

  private async deliver(parcel: Parcel): Promise<void> {
    const request = this.requestOf(parcel.receipts);
    if (request === null || (await post(request))) {
      await Promise.all(parcel.receipts.map((receipt) => this.acknowledge(receipt)));
      return;
    }
    const pause = Math.min(RETRY_FIRST_MS * 2 ** parcel.attempt, RETRY_LAST_MS);
    this.later(pause, () => {
      this.enqueue({ receipts: parcel.receipts, attempt: parcel.attempt + 1 });
    });
  }

  private requestOf(receipts: PendingReceipt[]): ReceiptRequest | null {
    const [first, ...others] = receipts;
    if (!first) return null;
    if (first.visit !== undefined) return first.visit === null ? null : visitRequest(first.visit);
    return PARTS.get(first.message.provider)?.post([first, ...others], this.settings) ?? null;
  }
}

/** What a mail program asks for; its reader is led on, which is all we need to know. */
function visitRequest(url: string): ReceiptRequest {
  return { url, headers: { 'user-agent': READER_AGENT }, body: null };
}

/** True when Kairos answered with a 2xx, or a reader with anything but a failure. */
async function post(request: ReceiptRequest): Promise<boolean> {
  const { url, headers, body } = request;
  try {
    const answer = await fetch(url, {
      ...(body === null ? { method: 'GET' } : { method: 'POST', body }),
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    // A reader who is told that there is no such page does not ask again.
    return answer.ok || (body === null && answer.status < 500);
  } catch {
    // Not there, or too slow: the receipt is repeated.
    return false;
  }
}
