import type { Properties } from './types.ts';

const CAMPAIGN: readonly (readonly [parameter: string, name: string])[] = [
  ['utm_source', 'source'],
  ['utm_medium', 'medium'],
  ['utm_campaign', 'name'],
  ['utm_term', 'term'],
  ['utm_content', 'content'],
];

/** What the page itself says of a call: language, zone, where it is and by which campaign. */
export function pageContext(): Properties {
  const { href, pathname, search } = location;
  const parameters = new URLSearchParams(search);
  const campaign: Properties = {};
  for (const [parameter, name] of CAMPAIGN) {
    const value = parameters.get(parameter);
    if (value !== null) campaign[name] = value;
  }
  return {
    locale: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    page: { path: pathname, referrer: document.referrer, search, title: document.title, url: href },
    ...(Object.keys(campaign).length > 0 && { campaign: campaign as Record<string, string> }),
    library: { name: 'kairos.js', version: '1' },
  };
}
