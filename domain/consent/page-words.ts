import type { CarriedChannel } from '#domain/message/message.ts';

/**
 * Which words a person saw who chose on the page: kept with the consent, as its proof. Raise it with
 * every change of what the boxes or their headings say.
 */
export const PAGE_VERSION = 'preference-centre/1';

/** What the hosted pages say in one language. */
export interface PageWords {
  title: string;
  intro: string;
  channels: string;
  names: Readonly<Record<CarriedChannel, string>>;
  topics: string;
  perWeek: string;
  noLimit: string;
  save: string;
  stop: string;
  /** What is sent whatever is chosen. */
  owed: string;
  saved: string;
  /** What was ticked is to be confirmed first. */
  pending: string;
  later: string;
  stale: string;
  unknown: string;
  leave: { title: string; ask: string; button: string; done: string; more: string };
  confirm: {
    title: string;
    ask: string;
    button: string;
    done: string;
    already: string;
    /** No consent waits, or not for this link. */
    nothing: string;
  };
}
