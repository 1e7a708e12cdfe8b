/**
 * Domains whose mailboxes one company keeps: it counts what comes for all of them together, so one
 * line is a limit for all. Those with the most mailboxes; a shop's own lines name any other.
 */
const FAMILIES: readonly (readonly string[])[] = [
  ['gmail.com', 'googlemail.com'],
  [
    ...['outlook.com', 'hotmail.com', 'live.com', 'msn.com', 'passport.com', 'windowslive.com'],
    ...['hotmail.co.uk', 'hotmail.de', 'hotmail.es', 'hotmail.fr', 'hotmail.it', 'hotmail.com.br'],
    ...['live.co.uk', 'live.de', 'live.fr', 'live.it', 'live.nl', 'live.be', 'live.se'],
    ...['outlook.de', 'outlook.es', 'outlook.fr', 'outlook.it', 'outlook.com.br', 'outlook.jp'],
  ],
  [
    ...['yahoo.com', 'ymail.com', 'rocketmail.com', 'aol.com', 'aim.com'],
    ...['yahoo.co.uk', 'yahoo.de', 'yahoo.es', 'yahoo.fr', 'yahoo.it', 'yahoo.ca', 'yahoo.in'],
    ...['yahoo.com.br', 'yahoo.com.mx', 'yahoo.com.ar', 'yahoo.com.au', 'yahoo.co.in', 'aol.de'],
  ],
  ['icloud.com', 'me.com', 'mac.com'],
  ['gmx.net', 'gmx.de', 'gmx.at', 'gmx.ch', 'gmx.com', 'web.de', 'mail.com'],
  ['t-online.de', 'magenta.de'],
  ['orange.fr', 'wanadoo.fr'],
  ['laposte.net'],
  ['libero.it', 'virgilio.it', 'iol.it', 'inwind.it'],
  ['wp.pl', 'o2.pl'],
  ['onet.pl', 'onet.eu', 'op.pl', 'vp.pl', 'poczta.onet.pl'],
  ['seznam.cz', 'email.cz', 'post.cz'],
  ['proton.me', 'protonmail.com', 'pm.me'],
  ['mail.ru', 'inbox.ru', 'list.ru', 'bk.ru', 'internet.ru'],
  ['yandex.ru', 'yandex.com', 'ya.ru', 'yandex.kz', 'yandex.by'],
  ['qq.com', 'foxmail.com'],
  ['163.com', '126.com', 'yeah.net'],
];

const FAMILY_OF: ReadonlyMap<string, string> = new Map(
  FAMILIES.flatMap(([first = '', ...others]) =>
    [first, ...others].map((domain): [string, string] => [domain, first]),
  ),
);

/** The name under which a domain is counted: that of its family's first, or its own. */
export function familyOf(domain: string): string {
  return FAMILY_OF.get(domain) ?? domain;
}

/** Stands for every domain that no other line means. */
export const ALL_OTHERS = '*';

/** The domain of an e-mail address, in small letters. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

/** Which of these lines, as the shop named them, means a domain; null: none does. */
export function lineOf(lines: readonly string[], domain: string): string | null {
  const family = familyOf(domain);
  const named = lines.find((line) => familyOf(line) === family);
  if (named !== undefined) return named;
  return lines.includes(ALL_OTHERS) ? ALL_OTHERS : null;
}
