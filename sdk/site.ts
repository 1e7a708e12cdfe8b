import type { SiteEvent } from '../domain/site/site-receipt.ts';
import { showOver } from './in-app.ts';
import { mountInbox } from './inbox-view.ts';
import type { Keep } from './keep.ts';
import type {
  FormAnswer,
  FormSaid,
  SiteMessage,
  SiteProduct,
  WidgetStage,
} from './site-message.ts';
import { Stream } from './stream.ts';
import type { Inbox, InboxMessage, InboxState, Labels } from './types.ts';
import { verdict } from './post.ts';

/** What is drawn for somebody; the inbox stays, and is empty. */
const DRAWN = '[data-kairos=in-app],[data-kairos=widget]';

/** What that file brings. */
interface Widgets {
  showWidget: (message: SiteMessage, stage: WidgetStage) => boolean;
}

export interface SiteParts {
  host: string;
  keep: Keep;
  /** Who reads, as headers. */
  headers: () => Record<string, string>;
  labels: Labels;
}

/** Ids of messages that were told to have come: told once a device. */
const DELIVERED_MAX = 200;
/** Messages asked for at once. */
const INBOX_LIMIT = 50;
/** Refreshes of one moment are one, in ms. */
const GATHER_MS = 30;
/** Tries of a receipt, and ms between them: after that the next page tells what it shows. */
const TRIES = 3;
const TRY_MS = 1_500;

/** What Kairos shows on the page: messages over it, the inbox, widgets; live while it is looked at. */
export class Site {
  readonly inbox: Inbox;
  readonly #parts: SiteParts;
  readonly #stream: Stream;
  readonly #heard = new Set<(state: InboxState) => void>();
  #state: InboxState = { messages: [], unread: 0 };
  /** What Kairos said last, and what was done on this page since, which its next answer may not know. */
  #answer: { messages: SiteMessage[]; unread: number } = { messages: [], unread: 0 };
  readonly #done = new Map<string, 'read' | 'gone'>();
  /** Messages that stand on this page, or stood and are not to come again on it. */
  readonly #shown = new Set<string>();
  #isOpen = false;
  /** Counts readers: what one was to be shown is not for the next. */
  #reader = 0;
  #waiting: SiteMessage[] = [];
  /** Widgets that are to lie over the page, once nothing else does. */
  #line: (() => void)[] = [];
  #isOver = false;
  #gathered: Promise<void> | null = null;
  #asked = 0;

  constructor(parts: SiteParts) {
    this.#parts = parts;
    const { host, headers, labels } = parts;
    const url = `${host}/v1/site/stream`;
    this.#stream = new Stream({ url, headers, onNews: () => void this.refresh() });
    const inbox: Inbox = {
      on: (heard) => {
        this.#heard.add(heard);
        heard(this.#state);
        return () => this.#heard.delete(heard);
      },
      read: (id) => {
        this.#tellOfInbox(id, 'opened');
      },
      click: (id) => {
        this.#tellOfInbox(id, 'clicked');
      },
      dismiss: (id) => {
        this.#tellOfInbox(id, 'dismissed');
      },
      refresh: () => this.refresh(),
      mount: (place) => {
        mountInbox(place, inbox, labels);
      },
    };
    this.inbox = inbox;
  }

  /** Somebody may be read for: at the first page, and when it is somebody else. */
  open(): void {
    this.#isOpen = true;
    this.#stream.open();
    void this.refresh();
  }

  /** Nobody is read for any more. */
  close(): void {
    this.#isOpen = false;
    this.#reader += 1;
    this.#stream.close();
    this.#asked += 1;
    this.#waiting = [];
    this.#line = [];
    this.#isOver = false;
    this.#done.clear();
    this.#shown.clear();
    // What was drawn for one reader is not for the next.
    for (const host of document.querySelectorAll(DRAWN)) host.remove();
    this.#take([], 0);
  }

  /** Asks what is to be shown on this page, and shows it; nothing while nobody may be read for. */
  refresh(): Promise<void> {
    this.#gathered ??= new Promise((resolve) => setTimeout(resolve, GATHER_MS)).then(() => {
      this.#gathered = null;
      return this.#refresh();
    });
    return this.#gathered;
  }

  async #refresh(): Promise<void> {
    if (!this.#isOpen) return;
    this.#asked += 1;
    const asked = this.#asked;
    const page = encodeURIComponent(location.pathname);
    const [pending, inbox] = await Promise.all([
      this.#get<{ data: SiteMessage[] }>(`/v1/site/messages?page=${page}`),
      this.#get<{ data: SiteMessage[]; unread: number }>(`/v1/site/inbox?limit=${INBOX_LIMIT}`),
    ]);
    // A later answer is of another page or reader, or truer.
    if (asked !== this.#asked) return;
    if (inbox !== null) this.#take(inbox.data, inbox.unread);
    if (pending === null) return;
    this.#deliver([...pending.data, ...(inbox?.data ?? [])]);
    this.#waiting = pending.data.filter(
      ({ id, channel }) => channel === 'in-app' && !this.#shown.has(id),
    );
    this.#next();
    const widgets = pending.data.filter(({ channel }) => channel === 'widget');
    if (widgets.length > 0) await this.#showWidgets(widgets);
  }

  #take(messages: SiteMessage[], unread: number): void {
    this.#answer = { messages, unread };
    const at = new Date().toISOString();
    const readHere = messages.filter(({ id, readAt }) => readAt === null && this.#done.has(id));
    const standing = messages
      .filter(({ id }) => this.#done.get(id) !== 'gone')
      .map((one) => (this.#done.has(one.id) ? { ...one, readAt: one.readAt ?? at } : one));
    this.#state = {
      messages: standing as InboxMessage[],
      unread: Math.max(0, unread - readHere.length),
    };
    for (const heard of this.#heard) heard(this.#state);
  }

  /** One message at a time lies over the page. */
  #next(): void {
    if (this.#isOver) return;
    const show = this.#line.shift();
    const message = show === undefined ? this.#waiting.shift() : undefined;
    if (show === undefined && message === undefined) return;
    this.#isOver = true;
    show?.();
    if (message === undefined) return;
    this.#shown.add(message.id);
    showOver(message, this.#stage());
  }

  #stage(): WidgetStage {
    const reader = this.#reader;
    return {
      labels: this.#parts.labels,
      isCurrent: () => this.#isOpen && reader === this.#reader,
      whenFree: (show) => {
        this.#line.push(show);
        this.#next();
      },
      tell: (message, event) => void this.#tell([message.id], event),
      done: () => {
        this.#isOver = false;
        this.#next();
      },
      submit: ({ id }, said) => this.#submit(id, said),
      products: async (limit) => {
        const language = encodeURIComponent(navigator.language);
        const path = `/v1/site/products?limit=${String(limit)}&language=${language}`;
        return (await this.#get<{ data: SiteProduct[] }>(path))?.data ?? [];
      },
    };
  }

  /** Widgets are a file of their own, fetched where there is one to show. */
  async #showWidgets(messages: SiteMessage[]): Promise<void> {
    const fresh = messages.filter(({ id }) => !this.#shown.has(id));
    if (fresh.length === 0) return;
    for (const { id } of fresh) this.#shown.add(id);
    const file = `${this.#parts.host}/sdk/widgets.js`;
    const { showWidget } = (await import(file)) as Widgets;
    for (const message of fresh) {
      // A page without its place says so by not having it: it may come on the next page.
      if (!showWidget(message, this.#stage())) this.#shown.delete(message.id);
    }
  }

  #tellOfInbox(id: string, event: SiteEvent): void {
    if (!this.#isOpen) return;
    if (event === 'dismissed' || !this.#done.has(id)) {
      this.#done.set(id, event === 'dismissed' ? 'gone' : 'read');
    }
    const { messages, unread } = this.#answer;
    this.#take(messages, unread);
    void this.#tell([id], event);
  }

  #deliver(messages: readonly SiteMessage[]): void {
    const { keep } = this.#parts;
    const told = (keep.get('delivered') ?? '').split(' ').filter(Boolean);
    const fresh = messages.map(({ id }) => id).filter((id) => !told.includes(id));
    if (fresh.length === 0) return;
    // Noted once it is told: told twice is told once, and never is never.
    void this.#tell(fresh, 'delivered').then((isTold) => {
      const known = (keep.get('delivered') ?? '').split(' ').filter(Boolean);
      const all = [...new Set([...known, ...fresh])];
      if (isTold && this.#isOpen) keep.set('delivered', all.slice(-DELIVERED_MAX).join(' '));
    });
  }

  /** Told twice is told once: the page may be left before the answer. */
  async #tell(ids: readonly string[], event: SiteEvent): Promise<boolean> {
    if (!this.#isOpen) return false;
    const { host } = this.#parts;
    const body = JSON.stringify({ receipts: ids.map((id) => ({ id, event })) });
    // Of whoever reads now: the next try may be in another visitor's time.
    const headers = { ...this.#parts.headers(), 'Content-Type': 'application/json' };
    for (let turn = 0; turn < TRIES; turn += 1) {
      const answer = await fetch(`${host}/v1/site/receipts`, {
        method: 'POST',
        headers,
        body,
        credentials: 'omit',
        keepalive: true,
      }).catch(() => null);
      if (answer !== null && verdict(answer) === 'done') return true;
      await new Promise((resolve) => setTimeout(resolve, TRY_MS * (turn + 1)));
    }
    return false;
  }

  /** A form is taken or it is not: whoever filled it in is told which. */
  async #submit(id: string, said: FormSaid): Promise<FormAnswer> {
    if (!this.#isOpen) return { isTaken: false, wrong: [] };
    const { host, headers } = this.#parts;
    const answer = await fetch(`${host}/v1/site/forms`, {
      method: 'POST',
      headers: { ...headers(), 'Content-Type': 'application/json' },
      body: JSON.stringify({ id, ...said }),
      credentials: 'omit',
      keepalive: true,
    }).catch(() => null);
    if (answer?.status !== 422) return { isTaken: answer?.ok === true, wrong: [] };
    const { errors = [] } = (await answer.json().catch(() => ({}))) as {
      errors?: { pointer: string }[];
    };
    const wrong = errors.map(({ pointer }) => /^#\/fields\/(\w+)$/.exec(pointer)?.[1] ?? '');
    return { isTaken: false, wrong };
  }

  async #get<T>(path: string): Promise<T | null> {
    const { host, headers } = this.#parts;
    try {
      const answer = await fetch(host + path, {
        headers: headers(),
        credentials: 'omit',
        cache: 'no-store',
      });
      return answer.ok ? ((await answer.json()) as T) : null;
    } catch {
      return null;
    }
  }
}
