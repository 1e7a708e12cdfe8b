import { isPageLink } from '#domain/template/page-links.ts';
import {
  hostsToLeadTo,
  hostsWrittenIn,
  isHostAllowed,
  isPersonal,
  type TemplateLink,
} from '#domain/template/template-links.ts';
import type { PreparedTemplate } from './prepare-template.ts';

/** Of Unicode's private use: stands for a voucher's code, which is written last of all. */
const UNFILLED = /[\uE000\uE001]|%EE%80%8[01]/;

/** What is known, beside the template, of where its links may lead. */
export interface LinkGround {
  /** Where the outside reaches Kairos. */
  publicUrl: string;
  /** Hosts that somebody has named (KAIROS_LINK_HOSTS). */
  linkHosts?: readonly string[];
  /** Those known as the shop's beside what the template writes out; they count while none is named. */
  knownHosts?: readonly string[];
}

/** The template's link of that number, if it may be tracked where it leads in one message. */
export type TrackableLink = (number: number, url: string) => TemplateLink | null;

/**
 * Which of a template's links may be tracked. One whose address only the message says may be where it
 * leads to a host that is known; every other address stands in the message as it is, so that whoever
 * put it into an event gets no link of ours for it. Pages of our own are never tracked.
 */
export function trackableLinks(
  { links, hosts: written }: Pick<PreparedTemplate, 'links' | 'hosts'>,
  { publicUrl, linkHosts = [], knownHosts = [] }: LinkGround,
): TrackableLink {
  const known = [...written, ...hostsWrittenIn([publicUrl]), ...knownHosts];
  const hosts = hostsToLeadTo(linkHosts, known);
  return (number, url) => {
    const link = links?.get(number);
    if (link === undefined || UNFILLED.test(url) || isPageLink(url, publicUrl)) return null;
    return isPersonal(link) && !isHostAllowed(url, hosts) ? null : link;
  };
}
