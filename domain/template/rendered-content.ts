import type { RenderedSite } from '#domain/site/rendered-site.ts';

/** What a person will see, by channel. */
export type RenderedContent =
  | { channel: 'email'; subject: string; html: string; text: string }
  | { channel: 'sms'; text: string }
  | { channel: 'push'; title: string; body: string; link?: string }
  | { channel: 'web-push'; title: string; body: string; link?: string; image?: string }
  | RenderedViber
  | RenderedSite;

export interface RenderedViber {
  channel: 'viber';
  text: string;
  /** Address of a picture, shown with the text. */
  image?: string;
  /** Viber shows it below the text. */
  button?: { title: string; link: string };
}
