/** Before a stream that ended is opened again, in ms; doubled with each that did not open. */
const AGAIN_MS = 2_000;
const AGAIN_MAX_MS = 120_000;

export interface StreamRequest {
  url: string;
  headers: () => Record<string, string>;
  /** New messages may be there: the stream began, or told of one. */
  onNews: () => void;
}

/**
 * Server-sent events by `fetch`, because `EventSource` can send no headers, and addresses are no
 * place for who somebody is. Open while the page is looked at, so that tabs behind it cost nothing.
 */
export class Stream {
  readonly #request: StreamRequest;
  #abort: AbortController | null = null;
  /** Between `open` and `close` alone: a page that comes to the front may not read by that. */
  #isWanted = false;
  #lastId = '';
  #failures = 0;

  constructor(request: StreamRequest) {
    this.#request = request;
    document.addEventListener('visibilitychange', () => {
      this.#look();
    });
  }

  /** Begins, or begins anew because somebody else is reading now. */
  open(): void {
    this.close();
    this.#isWanted = true;
    this.#failures = 0;
    this.#look();
  }

  /** Until it is opened again, whatever becomes of the page. */
  close(): void {
    this.#isWanted = false;
    this.#lastId = '';
    this.#rest();
  }

  #rest(): void {
    this.#abort?.abort();
    this.#abort = null;
  }

  #look(): void {
    if (!this.#isWanted || document.visibilityState === 'hidden') this.#rest();
    else if (this.#abort === null) void this.#follow(new AbortController());
  }

  async #follow(abort: AbortController): Promise<void> {
    this.#abort = abort;
    while (!abort.signal.aborted) {
      if (!(await this.#read(abort.signal))) return;
      const wait = Math.min(AGAIN_MAX_MS, AGAIN_MS * 2 ** this.#failures);
      await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)));
    }
  }

  /** False when there is nothing to come back for: this reader may not. */
  async #read(signal: AbortSignal): Promise<boolean> {
    this.#failures += 1;
    try {
      const { url, headers } = this.#request;
      const last = this.#lastId === '' ? {} : { 'Last-Event-ID': this.#lastId };
      const answer = await fetch(url, {
        headers: { ...headers(), ...last },
        credentials: 'omit',
        cache: 'no-store',
        signal,
      });
      if ([400, 401, 403].includes(answer.status)) return false;
      if (answer.status !== 200 || answer.body === null) return true;
      this.#failures = 0;
      await this.#take(answer.body.getReader());
    } catch {
      // The network is away, or the page was left.
    }
    return true;
  }

  async #take(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        this.#lastId = /^id: (.*)$/m.exec(event)?.[1] ?? this.#lastId;
        if (event.includes('event: ')) this.#request.onNews();
      }
    }
  }
}
