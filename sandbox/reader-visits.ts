/** Links and pictures as Kairos puts them into mails: below /l and /o of its own address. */
const LINK = /<a\b(?![^>]*\baria-hidden)[^>]*\shref="(https?:\/\/[^"]+\/l\/[\w.-]+)"/i;
const PICTURE = /<img\b[^>]*\ssrc="(https?:\/\/[^"]+\/o\/[\w.-]+)"/i;

/** As a reader's mail program names itself. */
export const READER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0';

/** A person needs a moment: by then the receipt of delivery has been told, in ms. */
export const READER_DELAY_MS = 250;

/**
 * What the reader of a mail asks for who opens it and follows its first link. The hidden link they
 * do not see. Null: there is nothing to ask for, so nobody learns of it.
 */
export function readerVisits(html: string): { open: string | null; click: string | null } {
  return { open: PICTURE.exec(html)?.[1] ?? null, click: LINK.exec(html)?.[1] ?? null };
}
