import { z } from 'zod';
import { CARRIED_CHANNELS, type CarriedChannel } from '#domain/message/message.ts';
import { Journal, type Place } from '#sandbox/journal.ts';
import { planReceipts, statusAt, type PlannedReceipt } from '#sandbox/plan-receipts.ts';
import { addressKey, RuleList, Rules, type Rule } from '#sandbox/rules.ts';

const MessageRecord = z.object({
  kind: z.literal('message'),
  id: z.string(),
  channel: z.enum(CARRIED_CHANNELS),
  provider: z.string(),
  to: z.string(),
  at: z.number(),
  /** Where the sender asked receipts to be sent (Twilio's StatusCallback); null: the account's. */
  callback: z.string().nullable(),
  /** The sender's own fields that the provider repeats in receipts. */
  tags: z.record(z.string(), z.string()),
  /**
   * Of a mail whose sender tracks it: what its reader's program asks for, by the receipt that the
   * provider would have told otherwise (`open`, `click`); null: there is nothing to ask for.
   */
  visits: z.record(z.string(), z.string().nullable()).optional(),
  receipts: z.array(z.object({ name: z.string(), due: z.number() })),
  payload: z.unknown(),
});
type MessageRecord = z.infer<typeof MessageRecord>;

/** What the journal holds. */
const JournalRecord = z.discriminatedUnion('kind', [
  MessageRecord,
  z.object({ kind: z.literal('acknowledged'), id: z.string(), receipt: z.number() }),
  z.object({ kind: z.literal('rules'), rules: RuleList }),
]);

/** An accepted message without its payload, which stays on the disk. */
export interface Accepted {
  /** Place in the order of acceptance, from 1. */
  sequence: number;
  id: string;
  channel: CarriedChannel;
  provider: string;
  to: string;
  at: number;
  receipts: readonly PlannedReceipt[];
  place: Place;
}

/** A receipt that nobody has acknowledged yet. */
export interface PendingReceipt {
  /** Of the provider's own event: the same in every repeat. */
  eventId: string;
  message: { id: string; channel: CarriedChannel; provider: string; to: string; at: number };
  callback: string | null;
  tags: Readonly<Record<string, string>>;
  index: number;
  name: string;
  due: number;
  /** Nobody posts it: the reader's program asks for this address instead; null: for none. */
  visit?: string | null;
}

/** What a provider is about to accept. */
export type Acceptance = Omit<MessageRecord, 'kind' | 'at' | 'receipts'>;

/** One accepted message as the inbox shows it; `at` in ISO 8601. */
export interface InboxRow {
  id: string;
  channel: CarriedChannel;
  provider: string;
  to: string;
  at: string;
  payload: unknown;
  status: string;
}

export interface InboxPage {
  data: InboxRow[];
  next: string | null;
}

/** About 300 bytes each in memory; older ones leave the inbox but stay in the journal. */
const MESSAGES_MAX = 200_000;

/** Everything the providers accepted, and the rules: kept in the journal, indexed in memory. */
export class AcceptedMessages {
  readonly rules = new Rules();
  private readonly bySequence = new Map<number, Accepted>();
  private readonly byId = new Map<string, Accepted>();
  private readonly byAddress = new Map<string, number[]>();
  private readonly pending = new Map<string, PendingReceipt>();
  private sequence = 0;
  private readonly journal: Journal;

  private constructor(journal: Journal) {
    this.journal = journal;
  }

  /** Reads the journal back; `unacknowledged` are the receipts still to be posted. */
  static async open(
    path: string,
    onFailure?: () => void,
  ): Promise<{ messages: AcceptedMessages; unacknowledged: PendingReceipt[] }> {
    const journal = await Journal.open(path, onFailure);
    const messages = new AcceptedMessages(journal);
    await journal.replay((record, place) => {
      messages.replay(record, place);
    });
    return { messages, unacknowledged: [...messages.pending.values()] };
  }

  private replay(found: unknown, place: Place): void {
    const record = JournalRecord.parse(found);
    if (record.kind === 'message') this.index(record, place);
    else if (record.kind === 'rules') this.rules.replace(record.rules);
    else this.pending.delete(eventIdOf(record.id, record.receipt));
  }

  /** Durable when it resolves; answers the receipts to be posted. */
  async accept(acceptance: Acceptance, rule: Rule): Promise<PendingReceipt[]> {
    const at = Date.now();
    const receipts = planReceipts(acceptance.channel, rule, at);
    const record: MessageRecord = { kind: 'message', at, receipts, ...acceptance };
    const place = await this.journal.append(record, true);
    return this.index(record, place);
  }

  /** Not forced to the disk: a repeated receipt does no harm. */
  async acknowledge(receipt: PendingReceipt): Promise<void> {
    this.pending.delete(receipt.eventId);
    const record = { kind: 'acknowledged', id: receipt.message.id, receipt: receipt.index };
    await this.journal.append(record, false);
  }

  async replaceRules(rules: Rule[]): Promise<void> {
    await this.journal.append({ kind: 'rules', rules }, true);
    this.rules.replace(rules);
  }

  find(id: string): Accepted | undefined {
    return this.byId.get(id);
  }

  /** Those to one address, oldest first. */
  to(channel: CarriedChannel, to: string): Accepted[] {
    const sequences = this.byAddress.get(addressKey(channel, to)) ?? [];
    return sequences.flatMap((sequence) => this.bySequence.get(sequence) ?? []);
  }

  /** The request as the provider was given it. */
  async payloadOf(accepted: Accepted): Promise<unknown> {
    return MessageRecord.parse(await this.journal.read(accepted.place)).payload;
  }

  /**
   * A page of the inbox: of one address oldest first, else all, latest first. `cursor` is the
   * sequence of the last row of the page before.
   */
  async page(query: { to?: string; limit: number; cursor?: number }): Promise<InboxPage> {
    const { to, limit, cursor } = query;
    const rows: Accepted[] = to === undefined ? this.latest(limit + 1, cursor) : this.ofAll(to);
    const from = to === undefined ? rows : rows.filter((row) => row.sequence > (cursor ?? 0));
    const page = from.slice(0, limit);
    const data = await Promise.all(page.map((row) => this.rowOf(row)));
    const last = page.at(-1);
    return { data, next: from.length > limit && last ? String(last.sequence) : null };
  }

  private async rowOf(accepted: Accepted): Promise<InboxRow> {
    const { id, channel, provider, to, at, receipts } = accepted;
    const payload = await this.payloadOf(accepted);
    const status = statusAt(receipts, Date.now());
    return { id, channel, provider, to, at: new Date(at).toISOString(), payload, status };
  }

  private ofAll(to: string): Accepted[] {
    return CARRIED_CHANNELS.flatMap((channel) => this.to(channel, to));
  }

  private latest(count: number, before = this.sequence + 1): Accepted[] {
    const found: Accepted[] = [];
    for (let at = before - 1; at > 0 && found.length < count; at--) {
      const row = this.bySequence.get(at);
      if (!row) break;
      found.push(row);
    }
    return found;
  }

  private index(record: MessageRecord, place: Place): PendingReceipt[] {
    const { id, channel, provider, to, at, receipts } = record;
    const sequence = ++this.sequence;
    const accepted = { sequence, id, channel, provider, to, at, receipts, place };
    this.bySequence.set(sequence, accepted);
    this.byId.set(id, accepted);
    const key = addressKey(channel, to);
    const sequences = this.byAddress.get(key);
    if (sequences) sequences.push(sequence);
    else this.byAddress.set(key, [sequence]);
    this.forget(sequence - MESSAGES_MAX);
    const pending = receipts.map(({ name, due }, index) => ({
      eventId: eventIdOf(id, index),
      message: { id, channel, provider, to, at },
      callback: record.callback,
      tags: record.tags,
      index,
      name,
      due,
      ...visitOf(record, name),
    }));
    for (const receipt of pending) this.pending.set(receipt.eventId, receipt);
    return pending;
  }

  private forget(sequence: number): void {
    const old = this.bySequence.get(sequence);
    if (!old) return;
    this.bySequence.delete(sequence);
    this.byId.delete(old.id);
    const key = addressKey(old.channel, old.to);
    const left = this.byAddress.get(key)?.filter((other) => other !== sequence) ?? [];
    if (left.length > 0) this.byAddress.set(key, left);
    else this.byAddress.delete(key);
  }

  close(): Promise<void> {
    return this.journal.close();
  }
}

function eventIdOf(messageId: string, index: number): string {
  return `${messageId}-${String(index)}`;
}

function visitOf({ visits }: MessageRecord, name: string): Pick<PendingReceipt, 'visit'> {
  const visit = visits?.[name];
  return visit === undefined ? {} : { visit };
}
