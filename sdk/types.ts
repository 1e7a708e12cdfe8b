/**
 * What a shop's page says to Kairos and hears of it: the type of `window.kairos`, also served as
 * `/sdk/kairos.d.ts`. Calls are Segment's (identify, track, page, group, alias, reset).
 */
export interface Kairos {
  /** Who the visitor is. With `userToken`, which the shop's server signs, their messages are read. */
  identify(userId?: string | null, traits?: Properties, options?: IdentifyOptions): void;
  track(event: string, properties?: Properties, options?: CallOptions): void;
  page(name?: string, properties?: Properties, options?: CallOptions): void;
  group(groupId: string, traits?: Properties, options?: CallOptions): void;
  /** Another id of the same person. */
  alias(userId: string, previousId?: string): void;
  /** Log-out: the next call is a new visitor's. */
  reset(): void;
  /**
   * Whether anything may be kept on this device and told. Until it is granted nothing is: calls wait
   * in memory. `false` forgets what was kept.
   */
  consent(granted: boolean): void;
  user(): { userId: string | null; anonymousId: string };
  /** Resolves once all that was said is told, or could not be now. */
  flush(): Promise<void>;
  /** Asks the visitor for web push and tells their subscription; false where they refused. */
  subscribePush(options?: { worker?: string }): Promise<boolean>;
  /**
   * Leads the visitor to a provider of OpenID Connect by its name (`KAIROS_OPENID`) and back to this
   * page; false where there is none of this name.
   */
  signUp(provider: string): Promise<boolean>;
  readonly inbox: Inbox;
}

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
export type Properties = Record<string, Json | undefined>;

export interface CallOptions {
  /** Beside what the page itself says, and before it. */
  context?: Properties;
  timestamp?: Date | string;
  messageId?: string;
}

export interface IdentifyOptions extends CallOptions {
  /** A JSON Web Token of the shop's server (docs/sdk.md), for one who is logged in. */
  userToken?: string;
}

export interface InboxState {
  messages: InboxMessage[];
  unread: number;
}

export interface InboxMessage {
  id: string;
  /** ISO 8601. */
  at: string;
  readAt: string | null;
  /** BCP 47: what it is written in. */
  language?: string;
  content: {
    title: string;
    body: string;
    image?: string;
    alt?: string;
    link?: string;
    button?: { title: string; link: string };
    second?: { title: string; link: string };
  };
}

export interface Inbox {
  /** Calls `heard` now and with each change; answers how to stop it. */
  on(heard: (state: InboxState) => void): () => void;
  read(id: string): void;
  click(id: string): void;
  dismiss(id: string): void;
  /** Asks again, for pages without the live stream. */
  refresh(): Promise<void>;
  /** Puts a bell with the number of unread messages, and the list behind it, into an element. */
  mount(place: Element): void;
}

export interface KairosOptions {
  writeKey: string;
  /** Where Kairos is; when nothing is said, where the script came from. */
  host?: string;
  /** `granted`: the shop has asked, or need not. `asked` (the default): `consent` will be called. */
  consent?: 'granted' | 'asked';
  /** Whether messages are shown; true when nothing is said. */
  messages?: boolean;
  /** Words of what Kairos draws itself. */
  labels?: Partial<Labels>;
}

export interface Labels {
  close: string;
  messages: string;
  none: string;
  /** Of a form: something in it cannot be right; it could not be sent now. */
  wrong: string;
  failed: string;
  /** BCP 47: what these words are written in. */
  language?: string;
}
