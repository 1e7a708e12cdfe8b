import type { Fault } from '#domain/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '#domain/json.ts';
import type { EventKind } from './event.ts';
import { inspectJson, withoutNulls } from './inspect-json.ts';
import { readContext, type CallContext } from './tracking-context.ts';
import { occurredAt } from './tracking-time.ts';

/** Contract: one event, as the JSON text it came in. */
export const EVENT_BYTES_MAX = 32 * 1024;
/** Contract: one batch, after decompression. */
export const BATCH_BYTES_MAX = 500 * 1024;
/** Segment's own limit of calls in a batch. */
export const BATCH_CALLS_MAX = 2500;

const ID_LENGTH_MAX = 255;
const MESSAGE_ID_LENGTH_MAX = 100;
const NAME_LENGTH_MAX = 200;

/** Ids and names travel in addresses, logs and screens, where these would do harm. */
const CONTROL = /\p{Cc}/u;

/** The names under which Segment's calls appear among a customer's events. */
const NAMES = {
  identify: 'Identified',
  page: 'Page Viewed',
  screen: 'Screen Viewed',
  group: 'Grouped',
  alias: 'Aliased',
} as const satisfies Record<Exclude<EventKind, 'track'>, string>;

/** A thousand attributes of this length keep a profile below the 16 MB of a Mongo document. */
const TRAIT_LENGTH_MAX = 4_000;

/** One tracking call, checked and understood; who the person is comes later. */
export interface TrackedCall {
  kind: EventKind;
  messageId: string;
  userId?: string;
  anonymousId?: string;
  /** Only of alias. */
  previousId?: string;
  name: string;
  occurredAt: number;
  properties: JsonObject;
  attributes?: JsonObject;
  context?: JsonObject;
  consents?: NonNullable<CallContext['consents']>;
  deviceToken?: string;
}

/** What the call alone does not say. */
export interface CallFrame {
  /** Fixed by the path of a single call; in a batch each member says its own. */
  kind?: EventKind;
  receivedAt: number;
  /** A batch's own `sentAt` and `context` stand for members without. */
  sentAt?: unknown;
  context?: unknown;
  /** The import whose row the call is; never said by the call itself. */
  importId?: string;
  /** Makes the id of a call without one. */
  newId: () => string;
}

export type ParsedCall =
  { ok: true; call: TrackedCall } | { ok: false; messageId: string | null; faults: Fault[] };

/**
 * Reads one call of Segment's spec. Written by hand because every event passes here: unknown
 * fields are ignored, `null` means absent (and, among traits, "remove this attribute"), and each
 * fault comes with its JSON pointer within the call.
 */
export function parseCall(input: unknown, frame: CallFrame): ParsedCall {
  if (!isJsonObject(input)) {
    return {
      ok: false,
      messageId: null,
      faults: [{ pointer: '#', detail: 'A call is an object.' }],
    };
  }
  const { faults, hasNull } = inspectJson(input);
  if (faults.length > 0) return { ok: false, messageId: sayableId(input.messageId), faults };
  const reader = new Reader(input, hasNull, faults);
  const call = reader.read(frame);
  if (faults.length > 0 || call === null) {
    return { ok: false, messageId: sayableId(input.messageId), faults };
  }
  return { ok: true, call };
}

function sayableId(id: unknown): string | null {
  return typeof id === 'string' && id.length <= MESSAGE_ID_LENGTH_MAX ? id : null;
}

/** Whether a word is one of Segment's six calls. */
export function isKind(value: unknown): value is EventKind {
  return value === 'track' || (typeof value === 'string' && Object.hasOwn(NAMES, value));
}

class Reader {
  readonly #input: JsonObject;
  readonly #hasNull: boolean;
  readonly #faults: Fault[];

  constructor(input: JsonObject, hasNull: boolean, faults: Fault[]) {
    this.#input = input;
    this.#hasNull = hasNull;
    this.#faults = faults;
  }

  read(frame: CallFrame): TrackedCall | null {
    const kind = frame.kind ?? this.#input.type;
    if (!isKind(kind)) {
      this.#fault('type', 'is none of identify, track, page, screen, group and alias');
      return null;
    }
    const context = readContext(this.#contextIn(frame), this.#faults, frame.importId);
    const attributes = this.#attributes(kind, context);
    const { timestamp, originalTimestamp, sentAt } = this.#input;
    const times = { timestamp, originalTimestamp, sentAt: sentAt ?? frame.sentAt };
    return {
      kind,
      messageId: this.#text('messageId', MESSAGE_ID_LENGTH_MAX) ?? frame.newId(),
      ...this.#who(kind),
      name: kind === 'track' ? this.#eventName() : NAMES[kind],
      occurredAt: occurredAt(times, frame.receivedAt, this.#faults),
      properties: this.#clean(this.#properties(kind)),
      ...(attributes === undefined ? {} : { attributes }),
      ...(context.kept === undefined ? {} : { context: this.#clean(context.kept) }),
      ...(context.consents === undefined ? {} : { consents: context.consents }),
      ...(context.deviceToken === undefined ? {} : { deviceToken: context.deviceToken }),
    };
  }

  #contextIn(frame: CallFrame): unknown {
    const own = this.#input.context;
    if (!isJsonObject(frame.context)) return own;
    return isJsonObject(own) ? { ...frame.context, ...own } : (own ?? frame.context);
  }

  #who(kind: EventKind): Pick<TrackedCall, 'userId' | 'anonymousId' | 'previousId'> {
    const userId = this.#id('userId');
    const anonymousId = this.#id('anonymousId');
    const previousId = kind === 'alias' ? this.#id('previousId') : undefined;
    if (kind === 'alias') {
      if (userId === undefined) this.#fault('userId', 'is missing');
      if (previousId === undefined) this.#fault('previousId', 'is missing');
    } else if (userId === undefined && anonymousId === undefined) {
      this.#fault('userId', 'and `anonymousId` are both missing');
    }
    return {
      ...(userId === undefined ? {} : { userId }),
      ...(anonymousId === undefined ? {} : { anonymousId }),
      ...(previousId === undefined ? {} : { previousId }),
    };
  }

  #eventName(): string {
    const name = this.#text('event', NAME_LENGTH_MAX);
    if (name === undefined && !this.#faults.some((fault) => fault.pointer === '#/event')) {
      this.#fault('event', 'is missing');
    }
    return name ?? '';
  }

  #properties(kind: EventKind): JsonObject {
    const properties = this.#object('properties') ?? {};
    switch (kind) {
      case 'track':
        return properties;
      case 'page':
      case 'screen':
        return {
          ...properties,
          ...this.#named('name', this.#text('name', NAME_LENGTH_MAX)),
          ...this.#named('category', this.#text('category', NAME_LENGTH_MAX)),
        };
      case 'group':
        return this.#groupProperties();
      case 'alias':
        return this.#named('previous_id', this.#id('previousId'));
      case 'identify':
        return {};
    }
  }

  /** Traits of a group describe the group, so they stay with the event. */
  #groupProperties(): JsonObject {
    const groupId = this.#id('groupId');
    if (groupId === undefined) this.#fault('groupId', 'is missing');
    return {
      ...this.#named('group_id', groupId),
      ...this.#named('traits', this.#object('traits')),
    };
  }

  #named(name: string, value: Json | undefined): JsonObject {
    return value === undefined ? {} : { [name]: value };
  }

  /** `null` stays at the top: it removes the attribute. */
  #attributes(kind: EventKind, context: CallContext): JsonObject | undefined {
    const own = kind === 'identify' ? this.#object('traits') : undefined;
    if (own === undefined && context.traits === undefined) return undefined;
    const all = { ...context.traits, ...own };
    for (const [name, value] of Object.entries(all)) {
      const detail = faultOfTrait(name, value);
      if (detail === null) continue;
      const isOwn = own !== undefined && Object.hasOwn(own, name);
      this.#faults.push({ pointer: isOwn ? '#/traits' : '#/context/traits', detail });
    }
    if (!this.#hasNull) return all;
    return Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, withoutNulls(value)]),
    );
  }

  #clean(object: JsonObject): JsonObject {
    return this.#hasNull ? withoutNulls(object) : object;
  }

  #object(field: string): JsonObject | undefined {
    const value = this.#input[field];
    if (value === undefined || value === null) return undefined;
    if (isJsonObject(value)) return value;
    this.#fault(field, 'is not an object');
    return undefined;
  }

  #id(field: string): string | undefined {
    const value = this.#input[field];
    if (typeof value === 'number') return String(value);
    return this.#text(field, ID_LENGTH_MAX)?.trim();
  }

  #text(field: string, max: number): string | undefined {
    const value = this.#input[field];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') this.#fault(field, 'is not a text');
    else if (value.length > max) this.#fault(field, `is longer than ${String(max)} characters`);
    else if (value.trim() === '') this.#fault(field, 'is blank');
    else if (CONTROL.test(value)) this.#fault(field, 'contains a control character');
    else return value;
    return undefined;
  }

  #fault(field: string, what: string): void {
    const pointer = `#/${field}`;
    const known = this.#faults.some((fault) => fault.pointer === pointer);
    if (!known) this.#faults.push({ pointer, detail: `\`${field}\` ${what}.` });
  }
}

function faultOfTrait(name: string, value: Json): string | null {
  // Conditions and templates read attributes by name; a dot would make one unreachable.
  if (name.includes('.') || name.length > NAME_LENGTH_MAX || name === '') {
    return `The name of a trait is empty, has a dot or is longer than ${String(NAME_LENGTH_MAX)} characters.`;
  }
  return isTooLong(value) ? `A trait is longer than ${String(TRAIT_LENGTH_MAX)} characters.` : null;
}

function isTooLong(value: Json | undefined): boolean {
  if (typeof value === 'string') return value.length > TRAIT_LENGTH_MAX;
  if (typeof value !== 'object' || value === null) return false;
  return JSON.stringify(value).length > TRAIT_LENGTH_MAX;
}
