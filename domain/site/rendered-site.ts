import type { IN_APP_POSITIONS, WIDGET_KINDS } from './site-content.ts';

/** A text with the address it leads to. */
// An alias, not an interface: contents are looked through by the names of their parts.
export type SiteButton = { title: string; link: string };

interface Common {
  /** Address of a picture. */
  image?: string;
  alt?: string;
  button?: SiteButton;
  second?: SiteButton;
  /** ISO 8601: how long it may be shown. */
  expires?: string;
}

export interface RenderedInApp extends Common {
  channel: 'in-app';
  title: string;
  body: string;
  position?: (typeof IN_APP_POSITIONS)[number];
  /** On which pages; see `matchesPage`. */
  pages?: string;
}

export interface RenderedInbox extends Common {
  channel: 'inbox';
  title: string;
  body: string;
  link?: string;
}

/** The label of each field, the words on its button, and what is shown when it was sent. */
export type SiteForm = {
  name?: string;
  email?: string;
  phone?: string;
  birthday?: string;
  agree?: string;
  submit: string;
  thanks: string;
};

export interface RenderedWidget extends Common {
  channel: 'widget';
  kind: (typeof WIDGET_KINDS)[number];
  title?: string;
  body?: string;
  position?: 'top' | 'bottom';
  /** The place on the page it is put into. */
  slot?: string;
  pages?: string;
  /** ISO 8601: how long somebody is on the page before it is shown. */
  after?: string;
  form?: SiteForm;
}

/** What a person sees on the shop's own pages. Texts hold a little markup (rich-text.ts). */
export type RenderedSite = RenderedInApp | RenderedInbox | RenderedWidget;
