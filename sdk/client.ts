import { CONSENT_KEY, Keep } from './keep.ts';
import { labelsFor } from './labels.ts';
import { pageContext, pageUrl } from './page-context.ts';
import { createPost } from './post.ts';
import { Queue } from './queue.ts';
import { Site } from './site.ts';
import type {
  CallOptions,
  IdentifyOptions,
  Inbox,
  Kairos,
  KairosOptions,
  Properties,
} from './types.ts';
import { beginSignUp, endSignUp, takeAnswer } from './sign-up.ts';
import { subscribe } from './web-push.ts';
import { randomId, Who } from './who.ts';

/** Segment's calls, and what Kairos shows; one for a page. */
export class Client implements Kairos {
  readonly inbox: Inbox;
  readonly #host: string;
  readonly #writeKey: string;
  readonly #keep: Keep;
  readonly #who: Who;
  readonly #queue: Queue;
  readonly #site: Site;
  readonly #showsMessages: boolean;
  readonly #answer = takeAnswer();
  #isRefused = false;

  constructor(options: KairosOptions & { host: string }) {
    this.#host = options.host.replace(/\/+$/, '');
    this.#writeKey = options.writeKey;
    this.#keep = new Keep(options.consent === 'granted');
    this.#who = new Who(this.#keep);
    this.#queue = new Queue(this.#keep, createPost(this.#host, options.writeKey));
    this.#showsMessages = options.messages !== false;
    this.#site = new Site({
      host: this.#host,
      keep: this.#keep,
      headers: () => this.#headers(),
      labels: {
        ...labelsFor([...navigator.languages, document.documentElement.lang]),
        ...options.labels,
      },
    });
    this.inbox = this.#site.inbox;
    const leave = (): void => {
      if (document.visibilityState === 'hidden') void this.#queue.flush(true);
    };
    document.addEventListener('visibilitychange', leave);
    addEventListener('pagehide', leave);
    // A refusal in another tab is one here, before this tab writes anything anew.
    addEventListener('storage', ({ key }) => {
      if (key === CONSENT_KEY && this.#keep.isRefusedElsewhere()) this.consent(false);
    });
    addEventListener('online', () => void this.#queue.flush());
    if (this.#keep.isGranted) this.#begin();
  }

  identify(
    userId?: string | null,
    traits: Properties = {},
    { userToken, ...options }: IdentifyOptions = {},
  ): void {
    const { userId: before, userToken: tokenBefore } = this.#who;
    // Whoever refused is not remembered, not even until the page is left.
    if (this.#isRefused) return;
    // Whoever logs in after somebody else is another person.
    if (userId != null && before !== null && before !== userId) this.reset();
    if (userId != null) this.#who.become(userId, userToken);
    this.#call('identify', { traits }, options);
    if (userId != null && (userId !== before || this.#who.userToken !== tokenBefore)) this.#read();
  }

  track(event: string, properties: Properties = {}, options: CallOptions = {}): void {
    this.#call('track', { event, properties }, options);
  }

  page(name?: string, properties: Properties = {}, options: CallOptions = {}): void {
    const { pathname: path } = location;
    const url = pageUrl();
    const said = { title: document.title, path, url, ...properties };
    this.#call('page', { ...(name !== undefined && { name }), properties: said }, options);
    void this.#site.refresh();
  }

  group(groupId: string, traits: Properties = {}, options: CallOptions = {}): void {
    this.#call('group', { groupId, traits }, options);
  }

  alias(userId: string, previousId?: string): void {
    const { userId: known, anonymousId } = this.#who;
    this.#call('alias', { userId, previousId: previousId ?? known ?? anonymousId }, {});
  }

  reset(): void {
    // What was said is told as it was said.
    void this.#queue.flush();
    this.#who.reset();
    this.#site.close();
    this.#read();
  }

  consent(granted: boolean): void {
    this.#isRefused = !granted;
    if (!granted) {
      this.#site.close();
      this.#keep.refuse();
      return;
    }
    if (this.#keep.isGranted) return;
    this.#keep.grant();
    this.#begin();
  }

  user(): { userId: string | null; anonymousId: string } {
    const { userId, anonymousId } = this.#who;
    return { userId, anonymousId };
  }

  flush(): Promise<void> {
    return this.#queue.flush();
  }

  async subscribePush({ worker }: { worker?: string } = {}): Promise<boolean> {
    if (!this.#keep.isGranted) return false;
    const subscription = await subscribe(this.#host, this.#headers(), worker).catch(() => null);
    if (subscription === null) return false;
    const token = JSON.parse(JSON.stringify(subscription)) as Record<string, string>;
    this.track('Web Push Subscribed', {}, { context: { device: { token } } });
    return true;
  }

  signUp(provider: string): Promise<boolean> {
    // What the page that is come back to needs could not be kept.
    if (!this.#keep.isGranted) return Promise.resolve(false);
    return beginSignUp(this.#signUp(), provider).catch(() => false);
  }

  #begin(): void {
    void this.#queue.flush();
    this.#read();
    void endSignUp(this.#signUp(), this.#answer).catch(() => false);
  }

  #signUp(): Parameters<typeof endSignUp>[0] {
    return {
      ...{ host: this.#host, keep: this.#keep, headers: () => this.#headers() },
      anonymousId: () => this.#who.anonymousId,
    };
  }

  /** The one place where reading begins: only with consent, and where messages are shown. */
  #read(): void {
    if (this.#showsMessages && this.#keep.isGranted) this.#site.open();
  }

  #call(type: string, said: object, { context, timestamp, messageId }: CallOptions): void {
    // Whoever refused is not remembered, not even until the page is left.
    if (this.#isRefused) return;
    const { userId, anonymousId } = this.#who;
    const at = timestamp === undefined ? new Date() : new Date(timestamp);
    this.#queue.add({
      type,
      messageId: messageId ?? randomId(),
      anonymousId,
      ...(userId !== null && { userId }),
      timestamp: at.toISOString(),
      context: { ...pageContext(), ...context },
      ...said,
    } as { messageId: string });
  }

  #headers(): Record<string, string> {
    const { userToken, anonymousId } = this.#who;
    return {
      Authorization: `Basic ${btoa(`${this.#writeKey}:`)}`,
      ...(userToken === null
        ? { 'X-Kairos-Anonymous-Id': anonymousId }
        : { 'X-Kairos-User-Token': userToken }),
    };
  }
}
