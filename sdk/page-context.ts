import type { Properties } from './types.ts';

const CAMPAIGN: readonly (readonly [parameter: string, name: string])[] = [
  ['utm_source', 'source'],
  ['utm_medium', 'medium'],
  ['utm_campaign', 'name'],
  ['utm_term', 'term'],
  ['utm_content', 'content'],
];

/** The page's address without what follows a `#`, which is the page's own: a token may stand there. */
export function pageUrl(): string {
  return location.href.replace(/#.*$/s, '');
}

/** What the page itself says of a call: language, zone, where it is and by which campaign. */
export function pageContext(): Properties {
  const { pathname, search } = location;
  const parameters = new URLSearchParams(search);
  const campaign: Properties = {};
  for (const [parameter, name] of CAMPAIGN) {
    const value = parameters.get(parameter);
    if (value !== null) campaign[name] = value;
  }
  return {
    locale: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    page: {
      path: pathname,
      referrer: document.referrer,
      search,
      title: document.title,
      url: pageUrl(),
    },
    ...(Object.keys(campaign).length > 0 && { campaign: campaign as Record<string, string> }),
    library: { name: 'kairos.js', version: '1' },
  };
}
