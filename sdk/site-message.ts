import type { SiteEvent } from '../domain/site/site-receipt.ts';
import type { RenderedSite, SiteForm } from '../domain/site/rendered-site.ts';
import type { Labels } from './types.ts';

/** A message as the API gives it. */
export interface SiteMessage {
  id: string;
  channel: RenderedSite['channel'];
  at: string;
  readAt: string | null;
  /** BCP 47: what it is written in. */
  language?: string;
  content: SiteContent;
}

export interface SiteContent {
  title?: string;
  body?: string;
  image?: string;
  alt?: string;
  link?: string;
  button?: { title: string; link: string };
  second?: { title: string; link: string };
  position?: string;
  kind?: string;
  slot?: string;
  after?: string;
  form?: SiteForm;
}

/** What somebody who draws messages may do with them. */
export interface Stage {
  tell(message: SiteMessage, event: SiteEvent): void;
  /** It is not shown any more: the next may be. */
  done(message: SiteMessage): void;
  /** Whether it is still the same reader's page. */
  isCurrent(): boolean;
  /** Calls `show` once nothing lies over the page; its `done` makes room for the next. */
  whenFree(show: () => void): void;
  labels: Labels;
}

/** The same with what widgets need beside it. */
export interface WidgetStage extends Stage {
  submit(message: SiteMessage, said: FormSaid): Promise<FormAnswer>;
  products(limit: number): Promise<SiteProduct[]>;
}

/** What somebody filled in, in one sending of it. */
export interface FormSaid {
  submission: string;
  fields: { name?: string; email?: string; phone?: string; birthday?: string };
  agree: boolean;
}

/** What Kairos says of it: taken, or which fields say nothing it could use; none: try again. */
export interface FormAnswer {
  isTaken: boolean;
  wrong: string[];
}

export interface SiteProduct {
  id: string;
  name: string;
  url: string | null;
  image: string | null;
  price: string | null;
}
