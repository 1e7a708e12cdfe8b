import type { Request, Response } from 'express';
import { DomainError } from '#domain/errors.ts';
import type { SiteMessages } from '#messages/site-message-store.ts';
import type { SiteNews } from '#messages/site-news-store.ts';
import { SITE_CHANNELS } from '#domain/message/message.ts';
import type { Clock } from '#platform/clock.ts';
import type { StoredSiteMessage } from '#platform/site-documents.ts';
import { viewSiteMessage } from './site-views.ts';

/** Streams of one process: each is a socket and some hundred bytes. */
const STREAMS_MAX = 5_000;
/** Of one person: tabs that are looked at, and a phone. */
const PERSON_MAX = 8;
/** Seconds after which one that found no room may try again. */
const RETRY_S = 30;
/** Proxies close what is silent for a minute, in ms; so often it is asked whether this one may still read. */
const BEAT_MS = 20_000;
/** After this a stream ends, in ms; the client comes again, and shows again that it may read. */
const LIFE_MS = 3_600_000;
/** A client that does not read is not written to for ever: bytes that wait for it. */
const WAITING_MAX = 256 * 1024;
/** Workers' clocks differ, and writes overtake each other: so much is told again, in ms. */
const OVERLAP_MS = 60_000;

/** Who reads by a stream. */
interface StreamReader {
  profileId: string;
  /** Epoch ms after which they may not read; null: as long as `mayRead` says so. */
  endsAt: number | null;
  /** Whether whoever asked for the stream would be given it now. */
  mayRead: () => Promise<boolean>;
}

interface Stream extends Pick<StreamReader, 'profileId' | 'mayRead'> {
  res: Response;
  /** What is told of, one after the other. */
  turn: Promise<void>;
  /** Ends it, and frees its place. */
  end: () => void;
}

interface StreamDeps {
  shelf: Pick<SiteMessages, 'standing'>;
  clock: Clock;
  /** In ms; other than BEAT_MS in tests. */
  beatMs?: number;
  /** Begins to follow; called when the first stream opens. */
  watch: (heard: {
    onMessage: (message: StoredSiteMessage) => void;
    onBreak: () => void;
  }) => SiteNews;
  /** Aborted once this process is asked to end. */
  ending?: AbortSignal;
  /** Told how many are open. */
  onCount?: (open: number) => void;
}

/** New messages as they are sent, by server-sent events (docs/sdk.md): each at least once. */
export class SiteStreams {
  readonly #deps: StreamDeps;
  readonly #open = new Map<string, Set<Stream>>();
  #count = 0;
  #news: SiteNews | null = null;

  constructor(deps: StreamDeps) {
    this.#deps = deps;
    deps.ending?.addEventListener('abort', () => {
      this.#endAll();
      void this.#news?.close();
    });
  }

  /**
   * Answers with a stream that begins behind `Last-Event-ID`, or now. @throws DomainError
   * `too-many-requests`
   */
  async open(
    { profileId, endsAt, mayRead }: StreamReader,
    req: Request,
    res: Response,
  ): Promise<void> {
    // Whoever left while it was looked up who they are has been told of already: no place is theirs.
    if (res.closed || res.destroyed) return;
    const timers: NodeJS.Timeout[] = [];
    const end = (): void => {
      for (const timer of timers) clearTimeout(timer);
      this.#remove(stream);
      if (!res.writableEnded) res.end();
    };
    const stream: Stream = { profileId, mayRead, res, end, turn: Promise.resolve() };
    this.#add(stream);
    res.once('close', end);
    res.status(200);
    res.setHeader('Content-Type', 'text/event-stream');
    res.setHeader('Cache-Control', 'no-store');
    // nginx would keep it back.
    res.setHeader('X-Accel-Buffering', 'no');
    res.flushHeaders();
    const { beatMs = BEAT_MS, clock } = this.#deps;
    const left = endsAt === null ? LIFE_MS : Math.max(0, endsAt - clock());
    timers.push(
      setInterval(() => {
        say(stream, ': beat\n\n');
      }, beatMs),
      setTimeout(end, Math.min(LIFE_MS, left)),
    );
    await this.#catchUp(stream, req.get('last-event-id'));
    write(stream, 'event: ready\ndata: {}\n\n');
  }

  /** What was sent since the last one that the client got. */
  async #catchUp(stream: Stream, last: string | undefined): Promise<void> {
    const at = Number(last);
    if (last === undefined || !Number.isFinite(at)) return;
    const standing = await this.#deps.shelf.standing(stream.profileId, SITE_CHANNELS);
    const missed = standing.filter(({ createdAt }) => createdAt > at - OVERLAP_MS).reverse();
    for (const message of missed) write(stream, textOf(message));
  }

  #add(stream: Stream): void {
    const own = this.#open.get(stream.profileId) ?? new Set();
    if (this.#count >= STREAMS_MAX || own.size >= PERSON_MAX) {
      throw new DomainError('too-many-requests', 'Too many streams are open: ask now and then.', {
        retryAfterS: RETRY_S,
      });
    }
    this.#news ??= this.#deps.watch({
      onMessage: (message) => {
        for (const one of this.#open.get(message.profileId) ?? []) say(one, textOf(message));
      },
      // Whoever comes again says what they have got.
      onBreak: () => {
        this.#endAll();
      },
    });
    own.add(stream);
    this.#open.set(stream.profileId, own);
    this.#counted(1);
  }

  #remove(stream: Stream): void {
    const own = this.#open.get(stream.profileId);
    if (own?.delete(stream) !== true) return;
    if (own.size === 0) this.#open.delete(stream.profileId);
    this.#counted(-1);
  }

  #counted(change: number): void {
    this.#count += change;
    this.#deps.onCount?.(this.#count);
  }

  #endAll(): void {
    for (const { end } of [...this.#open.values()].flatMap((own) => [...own])) end();
  }
}

function textOf(message: StoredSiteMessage): string {
  const data = JSON.stringify(viewSiteMessage(message));
  return `id: ${String(message.createdAt)}\nevent: message\ndata: ${data}\n\n`;
}

/**
 * Says something to whoever may still hear it. A visitor may have become a customer since, or the
 * customer been erased or merged, or their token have ended: then the stream ends, as it does when
 * that cannot be found out, and the client comes again and is told.
 */
function say(stream: Stream, text: string): void {
  stream.turn = stream.turn.then(async () => {
    if (stream.res.writableEnded || stream.res.destroyed) return;
    if (await stream.mayRead().catch(() => false)) write(stream, text);
    else stream.end();
  });
}

function write({ res, end }: Stream, text: string): void {
  if (res.writableEnded || res.destroyed) return;
  if (res.writableLength <= WAITING_MAX) {
    res.write(text);
    return;
  }
  end();
  res.destroy();
}
